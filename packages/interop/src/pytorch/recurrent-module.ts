/* The recurrent layers of model.py. */
import { UnsupportedError } from '@recurra/core';
import { activationKind } from '@recurra/core/backend';
import { outputSize, type RecurrentCell } from '../recurrent-cell.js';
import { activationInPython } from './activations.js';
import { modulesOf, type RecurrentLayer, type TorchModule } from './directions.js';

/** A layer in Python: the lines that create its modules, and the lines that run it on x. */
export interface Lines {
  readonly init: readonly string[];
  readonly forward: readonly string[];
}

/** @throws UnsupportedError for stateful layers, returned states, and custom cells */
export function recurrentLines(index: number, layer: RecurrentLayer, features: number): Lines {
  const modules = modulesOf(index, layer);
  const [first] = modules;
  const { stateful, returnState, returnSequences, goBackwards } = first.cell.options;
  for (const [name, isSet] of Object.entries({ stateful, returnState })) {
    if (isSet) throw new UnsupportedError(`layer ${index}, ${layer.kind}: model.py does not support ${name}`);
  }
  const init = modules.flatMap((module) => moduleLines(module, features));
  const input = ({ cell }: TorchModule) => {
    const { dropout } = cell.options;
    return dropout > 0 ? `locked_dropout(x, ${dropout}, self.training)` : 'x';
  };
  if (layer.kind !== 'bidirectional') {
    const argument = goBackwards ? `${input(first)}.flip(1)` : input(first);
    const lastStep = returnSequences ? [] : ['x = x[:, -1]'];
    return { init, forward: [`x, _ = self.${first.name}(${argument})`, ...lastStep] };
  }
  const run =
    modules.length === 1
      ? [`x, _ = self.${first.name}(x)`, 'ahead, back = x.chunk(2, -1)']
      : [
          `ahead, _ = self.${first.name}(${input(first)})`,
          `back, _ = self.${modules[1].name}(${input(modules[1])}.flip(1))`,
          'back = back.flip(1)',
        ];
  const lastSteps = returnSequences ? [] : ['ahead, back = ahead[:, -1], back[:, 0]'];
  return { init, forward: [...run, ...lastSteps, merges[layer.options.merge]] };
}

const merges = {
  concat: 'x = torch.cat([ahead, back], -1)',
  sum: 'x = ahead + back',
  average: 'x = (ahead + back) / 2',
  multiply: 'x = ahead * back',
  none: 'return ahead, back',
};

function moduleLines({ name, nn, cell, prefixes }: TorchModule, features: number): string[] {
  if (!nn) return [customModule(name, cell, features)];
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

/** An instance of `Recurrent`, for cells that torch.nn does not have. */
function customModule(name: string, cell: RecurrentCell, features: number): string {
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
  return `self.${name} = Recurrent(\n            ${args.join(',\n            ')},\n        )`;
}
