/* The recurrent layers of model.py. */
import { activationKind } from '@recurra/core/backend';
import {
  isStandard,
  type OtherCell,
  outputSize,
  type RecurrentCell,
  type StandardCell,
  stateSizes,
} from '../recurrent-cell.js';
import { activationInPython } from './activations.js';
import { modulesOf, type RecurrentLayer, type TorchModule } from './directions.js';
import type { LayerToWrite, Lines } from './layer-to-write.js';

/** @throws UnsupportedError for stateful layers, returned states, and custom cells */
export function recurrentLines(
  { attribute, start, state, refuse }: LayerToWrite,
  layer: RecurrentLayer,
  features: number,
): Lines {
  const modules = modulesOf(attribute, layer, refuse);
  const [first, second] = modules;
  const { returnSequences, goBackwards } = first.cell.options;
  checkState(first.cell, refuse);
  const init = modules.flatMap((module) => moduleLines(module, features));
  const input = ({ cell }: TorchModule) => {
    const { dropout } = cell.options;
    return dropout > 0 ? `locked_dropout(x, ${dropout}, self.training)` : 'x';
  };
  const call = (module: TorchModule, x: string, own = start) =>
    `self.${module.name}(${x}${own ? `, ${stateArgument(module, own)}` : ''})`;
  const last = state === undefined ? '_' : 'last';
  const keep = (operator: '=' | '+=', module: TorchModule) =>
    state === undefined ? [] : [`${state} ${operator} ${stateList(module)}`];
  if (layer.kind !== 'bidirectional') {
    const argument = goBackwards ? `${input(first)}.flip(1)` : input(first);
    const lastStep = returnSequences ? [] : ['x = x[:, -1]'];
    return { init, forward: [`x, ${last} = ${call(first, argument)}`, ...keep('=', first), ...lastStep] };
  }
  const cut = stateSizes(first.cell).length;
  const run =
    modules.length === 1
      ? [`x, ${last} = ${call(first, 'x')}`, ...keep('=', first), 'ahead, back = x.chunk(2, -1)']
      : [
          `ahead, ${last} = ${call(first, input(first), start?.slice(0, cut))}`,
          ...keep('=', first),
          `back, ${last} = ${call(second, `${input(second)}.flip(1)`, start?.slice(cut))}`,
          ...keep('+=', second),
          'back = back.flip(1)',
        ];
  const lastSteps = returnSequences ? [] : ['ahead, back = ahead[:, -1], back[:, 0]'];
  return { init, forward: [...run, ...lastSteps, merges[layer.options.merge]] };
}

/** @throws UnsupportedError for a state that is kept or returned */
export function checkState({ options }: RecurrentCell, refuse: LayerToWrite['refuse']): void {
  const { stateful, returnState } = options;
  for (const [name, isSet] of Object.entries({ stateful, returnState }))
    if (isSet) refuse(`model.py does not support ${name}`);
}

/** The initial state as the module takes it, from tensors [batch, size]. */
function stateArgument({ nn, cell, prefixes }: TorchModule, start: readonly string[]): string {
  if (!nn) return `[${start.join(', ')}]`;
  const count = start.length / prefixes.length;
  const parts = Array.from({ length: count }, (_, i) =>
    prefixes.length === 2 ? `torch.stack([${start[i]}, ${start[count + i]}])` : `${start[i]}.unsqueeze(0)`,
  );
  return cell.kind === 'lstm' ? `(${parts.join(', ')})` : parts[0];
}

/** The final state that the module returns as `last`, as a list of tensors [batch, size]. */
function stateList({ nn, cell, prefixes }: TorchModule): string {
  if (!nn) return 'last';
  const tensors = cell.kind === 'lstm' ? ['last[0]', 'last[1]'] : ['last'];
  return `[${prefixes.flatMap((_, direction) => tensors.map((x) => `${x}[${direction}]`)).join(', ')}]`;
}

const merges = {
  concat: 'x = torch.cat([ahead, back], -1)',
  sum: 'x = ahead + back',
  average: 'x = (ahead + back) / 2',
  multiply: 'x = ahead * back',
  none: 'x = ahead',
};

function moduleLines({ name, nn, cell, prefixes }: TorchModule, features: number): string[] {
  if (!isStandard(cell)) return [`self.${name} = ${otherModule(cell, features)}`];
  if (!nn) return [`self.${name} = ${customModule(cell, features)}`];
  const { units, bias, activation } = cell.options;
  const projection = cell.kind === 'lstm' ? cell.options.projection : undefined;
  const options = [
    'batch_first=True',
    ...(bias ? [] : ['bias=False']),
    ...(prefixes.length === 2 ? ['bidirectional=True'] : []),
    ...(projection === undefined ? [] : [`proj_size=${projection}`]),
    ...(nn === 'RNN' && activationKind(activation) === 'relu' ? ['nonlinearity="relu"'] : []),
  ];
  const line = `self.${name} = nn.${nn}(${features}, ${units}, ${options.join(', ')})`;
  if (!bias || nn === 'GRU') return [line];
  const suffixes = prefixes.length === 2 ? ['l0', 'l0_reverse'] : ['l0'];
  return [
    line,
    '# Recurra has only one bias: the second is −0 and not trained.',
    ...suffixes.map((suffix) => `self.${name}.bias_hh_${suffix}.requires_grad_(False)`),
  ];
}

/** An instance of `MinRecurrent` or `SLSTM`. */
function otherModule(cell: OtherCell, features: number): string {
  const { units, bias, activation } = cell.options;
  const args = [features, units, bias ? 'True' : 'False', `lambda x: ${activationInPython(activation)}`];
  if (cell.kind !== 'slstm') return `MinRecurrent(${cell.kind === 'minGru' ? 2 : 3}, ${args.join(', ')})`;
  const { heads, forgetGate } = cell.options;
  const logForget = forgetGate === 'sigmoid' ? 'nn.functional.logsigmoid' : 'nn.Identity()';
  return `SLSTM(${heads}, ${args.join(', ')}, ${logForget})`;
}

/** An instance of `Recurrent`, for options that torch.nn does not have. */
export function customModule(cell: StandardCell, features: number): string {
  const { kind } = cell;
  const { units, bias, layerNorm, clip, recurrentDropout, activation } = cell.options;
  const width = { rnn: 1, lstm: 4, gru: 3 }[kind] * units;
  const projection = kind === 'lstm' ? cell.options.projection : undefined;
  const resetAfter = kind === 'gru' && cell.options.resetAfter;
  const shapes: Record<string, number | readonly number[]> = {
    kernel: [features, width],
    recurrentKernel: [outputSize(cell), width],
    ...(bias && { bias: width }),
    ...(bias && resetAfter && { recurrentBias: width }),
    ...(kind === 'lstm' && cell.options.peepholes && { peepholes: 3 * units }),
    ...(projection !== undefined && { projection: [units, projection] }),
    ...(layerNorm && { inputGain: width, recurrentGain: width }),
    ...(layerNorm && kind === 'lstm' && { cellGain: units, cellBias: units }),
  };
  const shapesInPython = Object.entries(shapes).map(([key, shape]) => `"${key}": ${JSON.stringify(shape)}`);
  const gate = kind === 'rnn' ? 'linear' : cell.options.recurrentActivation;
  const args = [
    `"${kind}"`,
    String(units),
    `{${shapesInPython.join(', ')}}`,
    `lambda x: ${activationInPython(activation)}`,
    `lambda x: ${activationInPython(gate)}`,
    ...(clip > 0 ? [`clip=${clip}`] : []),
    ...(kind === 'gru' && !resetAfter ? ['reset_after=False'] : []),
    ...(recurrentDropout > 0 ? [`dropout=${recurrentDropout}`] : []),
  ];
  return `Recurrent(\n            ${args.join(',\n            ')},\n        )`;
}
