/* Writes recurrent layers as ONNX nodes. */
import { type BuiltInLayer, UnsupportedError } from '@recurra/core';
import { asRecurrentCell, type RecurrentCell, stateSizes } from '../../recurrent-cell.js';
import type { GraphBuilder } from './graph-builder.js';
import { compareSteps, reversed } from './lengths.js';
import {
  type DirectionInputs,
  type DirectionOutputs,
  hasNode,
  writeRecurrentNode,
} from './recurrent-node.js';
import { writeRecurrentScan } from './recurrent-scan.js';
import type { WrittenWeight } from './weight.js';
import { type LayerInput, type LayerOutput, oneOutput, signal } from './written-layer.js';

export const customCell = 'custom cells cannot be exported to ONNX';

export function writeRecurrent(graph: GraphBuilder, cell: RecurrentCell, input: LayerInput): LayerOutput {
  const { name, lengths, weights, initialState } = input;
  const { returnSequences, goBackwards } = cell.options;
  const inputs = { x: name, weights, prefix: '', reverse: goBackwards, lengths, initialState };
  const { y, state } = writeDirection(graph, cell, inputs);
  if (!returnSequences) return { ...oneOutput(state[0]), state };
  return { ...oneOutput(goBackwards ? reversed(graph, y, lengths) : y, lengths), state };
}

/** @throws UnsupportedError for a custom cell */
export function writeBidirectional(
  graph: GraphBuilder,
  { options }: Extract<BuiltInLayer, { readonly kind: 'bidirectional' }>,
  { name, lengths, weights, initialState }: LayerInput,
): LayerOutput {
  const [forward, backward] = [options.forward, options.backward].map((layer) => {
    const cell = asRecurrentCell(layer);
    if (!cell) throw new UnsupportedError(customCell);
    return cell;
  });
  const write = (side: 'forward' | 'backward', cell: RecurrentCell) => {
    const states = stateSizes(cell).length;
    return writeDirection(graph, cell, {
      x: name,
      weights: weightsOf(side, weights),
      prefix: `${side}.`,
      reverse: side === 'backward',
      lengths,
      initialState: side === 'forward' ? initialState?.slice(0, states) : initialState?.slice(-states),
    });
  };
  const directions = [write('forward', forward), write('backward', backward)];
  const { returnSequences } = forward.options;
  const outputs = directions.map(({ y, state }) => (returnSequences ? y : state[0]));
  const outputLengths = returnSequences ? lengths : undefined;
  const state = directions.flatMap(({ state }) => state);
  const merged = (output: string) => ({ ...oneOutput(output, outputLengths), state });
  switch (options.merge) {
    case 'none': {
      const [ahead, back] = outputs.map((output) => signal(output, outputLengths));
      return { output: ahead, others: { backward: back }, state };
    }
    case 'sum':
      return merged(graph.add('Add', outputs));
    case 'average':
      return merged(graph.add('Mul', [graph.add('Add', outputs), graph.float(0.5)]));
    case 'multiply':
      return merged(graph.add('Mul', outputs));
    case 'concat':
      return merged(graph.add('Concat', outputs, { axis: -1 }));
  }
}

/** The weights of a cell inside a layer, without the prefix of their names. */
export function weightsOf(prefix: string, weights: LayerInput['weights']): Record<string, WrittenWeight> {
  const own = Object.entries(weights).filter(([name]) => name.startsWith(`${prefix}.`));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length + 1), value]));
}

function writeDirection(graph: GraphBuilder, cell: RecurrentCell, inputs: DirectionInputs): DirectionOutputs {
  if (hasNode(cell)) return writeRecurrentNode(graph, cell, inputs);
  const { x, lengths } = inputs;
  return writeRecurrentScan(graph, cell, inputs, lengths && compareSteps(graph, x, lengths));
}
