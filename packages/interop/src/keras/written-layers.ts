/* Layers of Recurra as layers of tfjs-layers: the inverse of layers.ts. */
import {
  type Activation,
  type AnyLayer,
  type BuiltInLayer,
  type NDArray,
  UnsupportedError,
} from '@recurra/core';
import { resolveActivation } from '@recurra/core/backend';
import { asRecurrentCell, type RecurrentCell } from '../recurrent-cell.js';
import { activationTo } from './activations.js';
import { exchangeGates } from './gates.js';

type Config = Readonly<Record<string, unknown>>;
type Weights = Readonly<Record<string, NDArray>>;

/** One layer of a model.json, and its weights by their names in it. */
export interface WrittenLayer {
  readonly className: string;
  readonly config: Config;
  readonly weights: Weights;
}

export interface LayerToWrite {
  /** For messages: `layer 2, lstm`. */
  readonly owner: string;
  /** Unique in the model: `lstm_2`. */
  readonly name: string;
  readonly layer: AnyLayer;
  readonly weights: Weights;
}

/**
 * The layer in tfjs-layers; two if its activation is a separate layer there.
 * @throws UnsupportedError for what tfjs-layers does not have
 */
export function writtenLayers({ owner, name, layer: anyLayer, weights }: LayerToWrite): WrittenLayer[] {
  const layer = anyLayer as unknown as BuiltInLayer;
  const one = (className: string, config: Config, values: Weights = {}) => [
    { className, config, weights: values },
  ];
  switch (layer.kind) {
    case 'rnn':
    case 'lstm':
    case 'gru':
      return one(classes[layer.kind], recurrentConfig(owner, layer), cellWeights(layer.kind, weights, ''));
    case 'bidirectional':
      return [bidirectional(owner, name, layer.options, weights)];
    case 'embedding': {
      const { inputDim, outputDim, maskZero } = layer.options;
      return one('Embedding', { input_dim: inputDim, output_dim: outputDim, mask_zero: maskZero }, weights);
    }
    case 'masking':
      return one('Masking', { mask_value: layer.options.value });
    case 'dense': {
      const { units, bias, activation } = layer.options;
      return activated(owner, activation, 'Dense', { units, use_bias: bias }, weights);
    }
    case 'conv1d': {
      const { filters, kernelSize, strides, padding, bias, activation } = layer.options;
      if (padding === 'causal') throw new UnsupportedError(`${owner}: tfjs-layers has no causal padding`);
      const config = { filters, kernel_size: [kernelSize], strides: [strides], padding, use_bias: bias };
      return activated(owner, activation, 'Conv1D', config, weights);
    }
    case 'layerNorm':
      return one('LayerNormalization', { axis: -1, epsilon: layer.options.epsilon }, scaled(weights));
    case 'featureScale': {
      const { gain } = weights;
      const statistic = (value: number) => ({ ...gain, data: gain.data.slice().fill(value) });
      const moving = { moving_mean: statistic(0), moving_variance: statistic(1) };
      return one('BatchNormalization', { axis: -1, epsilon: 0 }, { ...scaled(weights), ...moving });
    }
    case 'dropout':
      return one('Dropout', { rate: layer.options.rate });
    case 'activation':
      return [activationLayer(owner, layer.options.activation)];
    case 'repeatVector':
      return one('RepeatVector', { n: layer.options.n });
    case 'flatten':
      return one('Flatten', {});
    case 'meanOverTime':
      return one('GlobalAveragePooling1D', {});
    case 'maxOverTime':
      return one('GlobalMaxPooling1D', {});
    case 'lastStep':
      throw new UnsupportedError(`${owner}: tfjs-layers has no such layer; use returnSequences: false`);
    case 'add':
    case 'attention':
    case 'bahdanauDecoder':
    case 'concat':
    case 'multiply':
      throw new UnsupportedError(`${owner}: only a model of one layer after another can be a Sequential`);
    case 'averagePooling2d':
    case 'batchNorm':
    case 'conv2d':
    case 'maxPooling1d':
    case 'maxPooling2d':
    case 'reshape':
    case 'spatialDropout':
      throw new UnsupportedError(`${owner}: it cannot be exported to tfjs-layers`);
    case 'recurrent':
      throw new UnsupportedError(`${owner}: custom cells cannot be exported to tfjs-layers`);
    default:
      layer satisfies never;
      throw new UnsupportedError(`${owner}: custom layers cannot be exported to tfjs-layers`);
  }
}

function scaled({ gain, bias }: Weights): Weights {
  return { gamma: gain, beta: bias };
}

/** The leaky ReLU is a layer in tfjs-layers, not a function. */
function activationLayer(owner: string, activation: Activation): WrittenLayer {
  const { kind, alpha } = resolveActivation(activation);
  if (kind === 'leakyRelu') return { className: 'LeakyReLU', config: { alpha }, weights: {} };
  return { className: 'Activation', config: { activation: activationTo(owner, activation) }, weights: {} };
}

function activated(
  owner: string,
  activation: Activation,
  className: string,
  config: Config,
  weights: Weights,
): WrittenLayer[] {
  const after = activationLayer(owner, activation);
  if (after.className !== 'Activation')
    return [{ className, config: { ...config, activation: 'linear' }, weights }, after];
  return [{ className, config: { ...config, ...after.config }, weights }];
}

const classes = { rnn: 'SimpleRNN', lstm: 'LSTM', gru: 'GRU' } as const;

/** Only used if the model is built without its weights; the orthogonal initializer of tfjs-layers is slow. */
const glorotUniform = {
  class_name: 'VarianceScaling',
  config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null },
};

function recurrentConfig(owner: string, cell: RecurrentCell): Config {
  const { options } = cell;
  const lstm = cell.kind === 'lstm' ? cell.options : undefined;
  const unsupported = Object.entries({
    clip: options.clip > 0,
    layerNorm: options.layerNorm,
    projection: lstm?.projection !== undefined,
    peepholes: lstm?.peepholes,
    stateful: options.stateful,
    returnState: options.returnState,
    zeroOutputForMask: options.zeroOutputForMask,
    'resetAfter (the default)': cell.kind === 'gru' && cell.options.resetAfter,
  }).flatMap(([name, isSet]) => (isSet ? [name] : []));
  if (unsupported.length > 0) {
    throw new UnsupportedError(
      `${owner}: a Sequential of tfjs-layers does not support ${unsupported.join(', ')}`,
    );
  }
  return {
    units: options.units,
    activation: activationTo(owner, options.activation),
    ...(cell.kind !== 'rnn' && {
      recurrent_activation: activationTo(owner, cell.options.recurrentActivation),
    }),
    ...(cell.kind === 'gru' && { reset_after: false }),
    use_bias: options.bias,
    return_sequences: options.returnSequences,
    go_backwards: options.goBackwards,
    dropout: options.dropout,
    recurrent_dropout: options.recurrentDropout,
    recurrent_initializer: glorotUniform,
  };
}

/** The weights of a cell; their names in Recurra begin with `prefix`. */
function cellWeights(kind: RecurrentCell['kind'], weights: Weights, prefix: string): Record<string, NDArray> {
  const own = { kernel: 'kernel', recurrent_kernel: 'recurrentKernel', bias: 'bias' };
  return Object.fromEntries(
    Object.entries(own)
      .filter(([, name]) => Object.hasOwn(weights, prefix + name))
      .map(([theirs, name]) => {
        const value = weights[prefix + name];
        return [theirs, kind === 'gru' ? exchangeGates(value) : value];
      }),
  );
}

const merges = { concat: 'concat', sum: 'sum', multiply: 'mul', average: 'ave' } as const;

function bidirectional(
  owner: string,
  name: string,
  { forward, backward, merge }: Extract<BuiltInLayer, { readonly kind: 'bidirectional' }>['options'],
  weights: Weights,
): WrittenLayer {
  if (merge === 'none')
    throw new UnsupportedError(
      `${owner}: a Sequential of tfjs-layers has one output, not two (merge 'none')`,
    );
  const cell = asRecurrentCell(forward);
  if (!cell) throw new UnsupportedError(`${owner}: custom cells cannot be exported to tfjs-layers`);
  if (JSON.stringify(forward) !== JSON.stringify(backward)) {
    throw new UnsupportedError(`${owner}: both directions must have the same options in tfjs-layers`);
  }
  const inner = `${name}_cell`;
  const layer = { class_name: classes[cell.kind], config: { name: inner, ...recurrentConfig(owner, cell) } };
  const both = (['forward', 'backward'] as const).flatMap((direction) =>
    Object.entries(cellWeights(cell.kind, weights, `${direction}.`)).map(
      ([key, value]) => [`${direction}_${inner}/${key}`, value] as const,
    ),
  );
  return {
    className: 'Bidirectional',
    config: { layer, merge_mode: merges[merge] },
    weights: Object.fromEntries(both),
  };
}
