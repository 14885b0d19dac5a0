/* Attention in model.py: its classes have Recurra's names and layouts of parameters. */
import type { BuiltInLayer, SignalShape } from '@recurra/core';
import { stepSizes } from '../ports.js';
import { asRecurrentCell, isStandard, outputSize } from '../recurrent-cell.js';
import type { LayerToWrite, Lines } from './layer-to-write.js';
import { checkState, customModule } from './recurrent-module.js';

type OptionsOf<Kind extends BuiltInLayer['kind']> = Extract<BuiltInLayer, { readonly kind: Kind }>['options'];

/** An instance of `Attention`. */
export function attentionLine(options: OptionsOf<'attention'>, shapes: readonly SignalShape[]): string {
  const [query, memory] = shapes.map((shape) => stepSizes(shape)[0]);
  const { score, heads, causal, dropout, bias = true } = options;
  const units = options.units ?? query;
  const ofHeads = () =>
    Object.fromEntries(
      Object.entries({ query, key: memory, value: memory, output: units }).flatMap(([name, inputs]) => [
        [`${name}Kernel`, [inputs, units]],
        ...(bias ? [[`${name}Bias`, [units]]] : []),
      ]),
    );
  const parameters = heads === undefined ? scoreShapes(score, query, memory, units) : ofHeads();
  const scale = options.scale ?? (heads === undefined ? 1 : 1 / Math.sqrt(units / heads));
  return attentionClass(parameters, [
    `"${score}"`,
    `scale=${scale}`,
    ...(heads === undefined ? [] : [`heads=${heads}`]),
    ...(causal ? ['causal=True'] : []),
    ...(dropout > 0 ? [`dropout=${dropout}`] : []),
  ]);
}

/** `BahdanauDecoder`, which has an `Attention` and a `Recurrent`. */
export function decoderLines(
  { attribute, inputs, shapes, start, state, refuse }: LayerToWrite,
  { decoder, score, units, scale = 1 }: OptionsOf<'bahdanauDecoder'>,
): Lines {
  const cell = asRecurrentCell(decoder);
  if (!cell) return refuse('custom cells cannot be exported to PyTorch');
  if (!isStandard(cell)) return refuse(`model.py does not support ${cell.kind} as its decoder`);
  checkState(cell, refuse);
  const { dropout } = cell.options;
  const [features, memory] = shapes.map((shape) => stepSizes(shape)[0]);
  const size = outputSize(cell);
  const parameters = scoreShapes(score, size, memory, units ?? size);
  const attention = attentionClass(parameters, [`"${score}"`, `scale=${scale}`]);
  const [x, memories] = inputs;
  const dropped = (name: string) =>
    dropout > 0 ? `locked_dropout(${name}, ${dropout}, self.training)` : name;
  const given = start ? `, [${start.join(', ')}]` : '';
  return {
    init: [
      `self.${attribute} = BahdanauDecoder(${customModule(cell, features + memory)}, ${attention}, ${dropout})`,
    ],
    forward: [
      `x, last = self.${attribute}(${dropped(x)}, ${memories}${given})`,
      ...(state === undefined ? [] : [`${state} = last`]),
    ],
  };
}

function scoreShapes(score: string, query: number, memory: number, units: number): Record<string, number[]> {
  if (score === 'general') return { kernel: [query, memory] };
  if (score === 'dot') return {};
  return { queryKernel: [query, units], memoryKernel: [memory, units], scoreKernel: [units, 1] };
}

function attentionClass(parameters: Readonly<Record<string, unknown>>, args: readonly string[]): string {
  const shapes = Object.entries(parameters).map(([name, shape]) => `"${name}": ${JSON.stringify(shape)}`);
  return `Attention({${shapes.join(', ')}}, ${args.join(', ')})`;
}
