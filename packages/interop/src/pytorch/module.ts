/* model.py: a Recurra model as a readable torch.nn.Module. */
import {
  type Activation,
  type AnyLayer,
  type BuiltInLayer,
  type SignalShape,
  UnsupportedError,
} from '@recurra/core';
import { activationKind } from '@recurra/core/backend';
import type { Architecture } from '@recurra/core/files';
import { batchShape, stepSizes } from '../ports.js';
import { activationInPython } from './activations.js';
import * as python from './python.js';
import { type Lines, recurrentLines } from './recurrent-module.js';

/**
 * @throws UnsupportedError for features that model.py does not support: masks, stateful layers, returned
 * states, custom layers
 */
export function modulePython(model: Architecture): string {
  if (!model.isChain)
    throw new UnsupportedError('only a model of one layer after another can be exported to PyTorch');
  const last = model.nodes.length - 1;
  const logits = lastActivation(model.nodes[last].layer);
  const [{ shape: whole }] = Object.values(model.inputs);
  const parts = model.nodes.map(({ layer }, index) => {
    const input = index === 0 ? whole : model.nodes[index - 1].built.outputShape;
    const lines = layerLines(index, layer, input);
    // The last activation is written separately, because losses are computed from its input.
    return index === last && logits ? { ...lines, forward: lines.forward.slice(0, -1) } : lines;
  });
  const init = parts.flatMap(({ init }) => init);
  const forward = parts.flatMap(({ forward }) => forward);
  const returned = Object.keys(model.outputs).length === 2 ? [] : ['return x'];
  const body = [
    'class Model(nn.Module):',
    `    """${shapeInWords(whole)}. Returns the output of Recurra's network${logits ? ', or the input of its last activation' : ''}."""`,
    '',
    '    def __init__(self):',
    '        super().__init__()',
    ...init.map((line) => `        ${line}`),
    '',
    `    def forward(self, x${logits ? ', logits=False' : ''}):`,
    ...forward.map((line) => `        ${line}`),
    ...(logits
      ? ['        if logits:', '            return x', `        return ${activationInPython(logits)}`]
      : returned.map((line) => `        ${line}`)),
  ].join('\n');
  return [
    `"""A network from Recurra. Its weights are in model.safetensors."""\n${python.imports}`,
    python.files,
    ...(body.includes('locked_dropout(') ? [python.lockedDropout] : []),
    ...(body.includes('FeatureScale(') ? [python.featureScale] : []),
    ...(body.includes('Recurrent(') ? [python.recurrent] : []),
    `${body}\n`,
    python.load,
  ].join('\n\n');
}

/** Softmax or sigmoid at the end of a model: losses are computed from its input. */
export function lastActivation(last: AnyLayer): Activation | undefined {
  const layer = last as unknown as BuiltInLayer;
  if (layer.kind !== 'dense' && layer.kind !== 'activation') return undefined;
  const { activation } = layer.options;
  const kind = activationKind(activation);
  return kind === 'softmax' || kind === 'sigmoid' ? activation : undefined;
}

function shapeInWords(input: SignalShape): string {
  const [, ...sizes] = batchShape(input);
  const what = input.kind === 'tokens' ? 'token ids ' : '';
  return `x is ${what}[${['batch', ...sizes.map((size) => size ?? 'time')].join(', ')}]`;
}

function layerLines(index: number, anyLayer: AnyLayer, input: SignalShape): Lines {
  const layer = anyLayer as unknown as BuiltInLayer;
  const name = `self.layer${index}`;
  const features = stepSizes(input).at(-1) ?? 1;
  const run = (...forward: string[]): Lines => ({ init: [], forward });
  const withModule = (module: string, ...forward: string[]): Lines => ({
    init: [`${name} = ${module}`],
    forward,
  });
  const fail = (problem: string): never => {
    throw new UnsupportedError(`layer ${index}, ${anyLayer.kind}: ${problem}`);
  };
  switch (layer.kind) {
    case 'rnn':
    case 'lstm':
    case 'gru':
    case 'bidirectional':
      return recurrentLines(index, layer, features);
    case 'add':
    case 'attention':
    case 'bahdanauDecoder':
    case 'concat':
    case 'multiply':
      return fail('only a model of one layer after another can be exported to PyTorch');
    case 'averagePooling2d':
    case 'batchNorm':
    case 'conv2d':
    case 'maxPooling1d':
    case 'maxPooling2d':
    case 'reshape':
    case 'spatialDropout':
      return fail('it cannot be exported to PyTorch');
    case 'recurrent':
      return fail('custom cells cannot be exported to PyTorch');
    case 'masking':
      return fail('model.py does not support masks');
    case 'embedding': {
      const { inputDim, outputDim, maskZero } = layer.options;
      if (maskZero) fail('model.py does not support masks');
      return withModule(`nn.Embedding(${inputDim}, ${outputDim})`, `x = ${name}(x.long())`);
    }
    case 'dense': {
      const { units, bias, activation } = layer.options;
      const module = `nn.Linear(${features}, ${units}${bias ? '' : ', bias=False'})`;
      return withModule(module, `x = ${name}(x)`, ...activationLines(activation));
    }
    case 'conv1d':
      return withModule(
        convolution(layer.options, features),
        ...padding(layer.options),
        `x = ${name}(x.transpose(1, 2)).transpose(1, 2)`,
        ...activationLines(layer.options.activation),
      );
    case 'layerNorm':
      return withModule(`nn.LayerNorm(${features}, eps=${layer.options.epsilon})`, `x = ${name}(x)`);
    case 'featureScale':
      return withModule(`FeatureScale(${features})`, `x = ${name}(x)`);
    case 'dropout':
      return run(`x = nn.functional.dropout(x, ${layer.options.rate}, self.training)`);
    case 'activation':
      return run(`x = ${activationInPython(layer.options.activation)}`);
    case 'repeatVector':
      return run(`x = x.unsqueeze(1).expand(-1, ${layer.options.n}, -1)`);
    case 'flatten':
      return run('x = x.flatten(1)');
    case 'lastStep':
      return run('x = x[:, -1]');
    case 'meanOverTime':
      return run('x = x.mean(1)');
    case 'maxOverTime':
      return run('x = x.amax(1)');
    default:
      layer satisfies never;
      return fail('custom layers cannot be exported to PyTorch');
  }
}

function activationLines(activation: Activation): string[] {
  return activationKind(activation) === 'linear' ? [] : [`x = ${activationInPython(activation)}`];
}

type Conv1dOptions = Extract<BuiltInLayer, { readonly kind: 'conv1d' }>['options'];

function convolution({ filters, kernelSize, strides, bias }: Conv1dOptions, features: number): string {
  return `nn.Conv1d(${features}, ${filters}, ${kernelSize}, stride=${strides}${bias ? '' : ', bias=False'})`;
}

/** Pads x with zeros before and after its steps. */
function padding({ kernelSize, strides, padding }: Conv1dOptions): string[] {
  if (padding === 'causal') return [`x = nn.functional.pad(x, (0, 0, ${kernelSize - 1}, 0))`];
  if (padding !== 'same') return [];
  return [
    `missing = max(0, (x.shape[1] - 1) // ${strides} * ${strides} + ${kernelSize} - x.shape[1])`,
    'x = nn.functional.pad(x, (0, 0, missing // 2, missing - missing // 2))',
  ];
}
