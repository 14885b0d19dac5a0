import { type BuiltInLayer, UnsupportedError } from '@recurra/core';
import { asRecurrentCell } from '../../recurrent-cell.js';
import { readyMemory, timeMajor, weighted, zeroUnseen } from './attention.js';
import type { GraphBuilder } from './graph-builder.js';
import { compareSteps } from './lengths.js';
import { customCell, weightsOf } from './recurrent-layers.js';
import { writeRecurrentScan } from './recurrent-scan.js';
import { type LayerInput, type LayerOutput, oneOutput } from './written-layer.js';

type DecoderOptions = Extract<BuiltInLayer, { readonly kind: 'bahdanauDecoder' }>['options'];

/**
 * The decoder as a Scan whose body looks at the memory.
 * @throws UnsupportedError for a custom cell
 */
export function writeBahdanauDecoder(
  graph: GraphBuilder,
  options: DecoderOptions,
  { inputs: [input, memory], weights, initialState }: LayerInput,
): LayerOutput {
  const cell = asRecurrentCell(options.decoder);
  if (!cell) throw new UnsupportedError(customCell);
  const ready = readyMemory(graph, options, weights, 'attention.', memory);
  const { y, state } = writeRecurrentScan(
    graph,
    cell,
    {
      x: input.name,
      weights: weightsOf('cell', weights),
      prefix: 'cell.',
      reverse: false,
      lengths: input.lengths,
      initialState,
    },
    input.lengths && compareSteps(graph, input.name, input.lengths),
    (body, h) => {
      const query = body.add('Unsqueeze', [h, body.ints(0)]);
      const context = timeMajor(body, weighted(body, ready, ready.scores(body, query)));
      return body.add('Squeeze', [zeroUnseen(body, context, memory.lengths), body.ints(0)]);
    },
  );
  return { ...oneOutput(y, input.lengths), state };
}
