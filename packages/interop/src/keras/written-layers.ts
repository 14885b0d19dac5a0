/* What each Recurra layer is in tfjs-layers: the way back from layers.ts. */
import { type Activation, type NDArray, UnsupportedError } from '@recurra/core';
import { resolveActivation } from '@recurra/core/backend';
import { activationTo } from './activations.js';
import { exchangeGates } from './gates.js';

type Options = Readonly<Record<string, unknown>>;

/** One layer of a model.json, and its weights by their names in it. */
export interface WrittenLayer {
  readonly className: string;
  readonly config: Options;
  readonly weights: Readonly<Record<string, NDArray>>;
}

export interface LayerToWrite {
  /** How messages call it: `layer 2, lstm`. */
  readonly owner: string;
  /** Unique in the model: `lstm_2`. */
  readonly name: string;
  readonly kind: string;
  readonly options: Options;
  readonly weights: Readonly<Record<string, NDArray>>;
}

/**
 * The layer in tfjs-layers; two where its activation is a layer there.
 * @throws UnsupportedError for what tfjs-layers does not have
 */
export function writtenLayers(layer: LayerToWrite): WrittenLayer[] {
  const { owner, kind, options, weights } = layer;
  const one = (className: string, config: Options, values: WrittenLayer['weights'] = {}) => [
    { className, config, weights: values },
  ];
  switch (kind) {
    case 'rnn':
    case 'lstm':
    case 'gru': {
      const { className, config } = recurrent(owner, kind, options);
      return one(className, config, cellWeights(kind, weights, ''));
    }
    case 'bidirectional':
      return [bidirectional(layer)];
    case 'embedding': {
      const { inputDim, outputDim, maskZero = false } = options;
      return one('Embedding', { input_dim: inputDim, output_dim: outputDim, mask_zero: maskZero }, weights);
    }
    case 'masking':
      return one('Masking', { mask_value: options.value ?? 0 });
    case 'dense':
      return activated(
        owner,
        options,
        'Dense',
        { units: options.units, use_bias: options.bias ?? true },
        weights,
      );
    case 'conv1d': {
      const { filters, kernelSize, strides = 1, padding = 'valid', bias = true } = options;
      if (padding === 'causal') throw new UnsupportedError(`${owner}: tfjs-layers has no causal padding`);
      const config = { filters, kernel_size: [kernelSize], strides: [strides], padding, use_bias: bias };
      return activated(owner, options, 'Conv1D', config, weights);
    }
    case 'layerNorm':
      return one('LayerNormalization', { axis: -1, epsilon: options.epsilon ?? 1e-3 }, scaled(weights));
    case 'featureScale': {
      const { gain } = weights;
      const statistic = (value: number) => ({ ...gain, data: gain.data.slice().fill(value) });
      const moving = { moving_mean: statistic(0), moving_variance: statistic(1) };
      return one('BatchNormalization', { axis: -1, epsilon: 0 }, { ...scaled(weights), ...moving });
    }
    case 'dropout':
      return one('Dropout', { rate: options.rate });
    case 'activation':
      return [activationLayer(owner, options.activation as Activation)];
    case 'repeat':
      return one('RepeatVector', { n: options.times });
    case 'flatten':
      return one('Flatten', {});
    case 'meanOverTime':
      return one('GlobalAveragePooling1D', {});
    case 'maxOverTime':
      return one('GlobalMaxPooling1D', {});
  }
  throw new UnsupportedError(`${owner}: tfjs-layers has no such layer`);
}

function scaled({ gain, bias }: LayerToWrite['weights']): WrittenLayer['weights'] {
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
  options: Options,
  className: string,
  config: Options,
  weights: WrittenLayer['weights'],
): WrittenLayer[] {
  const activation = activationLayer(owner, (options.activation ?? 'linear') as Activation);
  const name = activation.className === 'Activation' ? activation.config.activation : 'linear';
  const layer = { className, config: { ...config, activation: name }, weights };
  return activation.className === 'Activation' ? [layer] : [layer, activation];
}

const classes = { rnn: 'SimpleRNN', lstm: 'LSTM', gru: 'GRU' } as const;

/** Drawn anew only if someone builds the model without its weights; the orthogonal one takes tfjs-layers long. */
const glorotUniform = {
  class_name: 'VarianceScaling',
  config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null },
};

function recurrent(owner: string, kind: keyof typeof classes, options: Options) {
  const refused = [
    ['clip', (options.clip ?? 0) !== 0],
    ['layerNorm', options.layerNorm],
    ['projection', options.projection !== undefined],
    ['peepholes', options.peepholes],
    ['stateful', options.stateful],
    ['returnState', options.returnState],
    ['zeroOutputForMask', options.zeroOutputForMask],
    ['resetAfter, which is the default,', kind === 'gru' && options.resetAfter !== false],
  ].filter(([, set]) => set);
  if (refused.length > 0) {
    throw new UnsupportedError(
      `${owner}: a Sequential of tfjs-layers has no ${refused.map(([name]) => name).join(', ')}`,
    );
  }
  const activation = (name: string, absent: Activation) =>
    activationTo(owner, (options[name] ?? absent) as Activation);
  return {
    className: classes[kind],
    config: {
      units: options.units,
      activation: activation('activation', 'tanh'),
      ...(kind !== 'rnn' && { recurrent_activation: activation('recurrentActivation', 'sigmoid') }),
      ...(kind === 'gru' && { reset_after: false }),
      use_bias: options.bias ?? true,
      return_sequences: options.returnSequences ?? false,
      go_backwards: options.goBackwards ?? false,
      dropout: options.dropout ?? 0,
      recurrent_dropout: options.recurrentDropout ?? 0,
      recurrent_initializer: glorotUniform,
    },
  };
}

/** The weights of a cell, whose names in Recurra begin with `prefix`. */
function cellWeights(
  kind: string,
  weights: LayerToWrite['weights'],
  prefix: string,
): Record<string, NDArray> {
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

const merges: Readonly<Record<string, string>> = {
  concat: 'concat',
  sum: 'sum',
  multiply: 'mul',
  average: 'ave',
};

function bidirectional({ owner, name, options, weights }: LayerToWrite): WrittenLayer {
  const {
    forward,
    backward,
    merge = 'concat',
  } = options as Record<string, { kind: keyof typeof classes; options: Options }>;
  const mode = merges[String(merge)];
  if (!mode)
    throw new UnsupportedError(
      `${owner}: a Sequential of tfjs-layers has one output, not two (merge 'none')`,
    );
  if (!Object.hasOwn(classes, forward.kind))
    throw new UnsupportedError(`${owner}: tfjs-layers has no ${forward.kind}`);
  if (JSON.stringify(forward) !== JSON.stringify(backward)) {
    throw new UnsupportedError(`${owner}: both directions must have the same options in tfjs-layers`);
  }
  const { className, config } = recurrent(owner, forward.kind, forward.options);
  const inner = `${name}_cell`;
  const layer = { class_name: className, config: { name: inner, ...config } };
  const both = (['forward', 'backward'] as const).flatMap((direction) =>
    Object.entries(cellWeights(forward.kind, weights, `${direction}.`)).map(
      ([key, value]) => [`${direction}_${inner}/${key}`, value] as const,
    ),
  );
  return {
    className: 'Bidirectional',
    config: { layer, merge_mode: mode },
    weights: Object.fromEntries(both),
  };
}
