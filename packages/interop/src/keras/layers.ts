/* Keras layers as layers of Recurra: one entry per class. */
import {
  activation,
  add,
  attention,
  averagePooling2d,
  batchNorm,
  concat,
  conv1d,
  conv2d,
  dense,
  dropout,
  embedding,
  featureScale,
  flatten,
  layerNorm,
  masking,
  maxOverTime,
  maxPooling1d,
  maxPooling2d,
  meanOverTime,
  multiply,
  type NDArray,
  type Node,
  repeatVector,
  reshape,
  type SignalShape,
  spatialDropout,
  UnsupportedError,
} from '@recurra/core';
import { batchShape } from '../ports.js';
import { activationFrom } from './activations.js';
import type { Config } from './config.js';
import { innerLayer, type LayerInput, type Translated } from './layer-input.js';
import { bidirectionalLayer, recurrentLayer } from './recurrent-layers.js';
import type { RequestedWeight, WeightFile, WeightLocation } from './weights.js';

/**
 * A Keras layer in Recurra.
 * @throws UnsupportedError for options that Recurra does not have; FormatError, OptionError for invalid values
 */
export function translateLayer(input: LayerInput): Translated {
  return layers[input.className](input);
}

export function isSupported(className: string): boolean {
  return Object.hasOwn(layers, className);
}

export const supportedLayers = (): readonly string[] => Object.keys(layers);

const layers: Readonly<Record<string, (input: LayerInput) => Translated>> = {
  SimpleRNN: recurrentLayer,
  LSTM: recurrentLayer,
  GRU: recurrentLayer,
  Bidirectional: bidirectionalLayer,

  TimeDistributed(input) {
    const { className, config } = innerLayer(input.config, 'layer');
    if (!stepwise.has(className)) {
      throw new UnsupportedError(
        `${config.owner} is not supported in TimeDistributed; supported: ${[...stepwise].join(', ')}`,
      );
    }
    if (className === 'Flatten') return input.shape.kind === 'frames' ? { layer: flatten() } : {};
    return layers[className]({
      ...input,
      className,
      config,
      location: { ...input.location, inner: 'layer' },
    });
  },

  Embedding({ config, location, file }) {
    const inputDim = config.number('input_dim');
    const outputDim = config.number('output_dim');
    const [embeddings] = file.take(location, [{ name: 'embeddings', shape: [inputDim, outputDim] }]);
    const maskZero = config.boolean('mask_zero', false);
    return { layer: embedding({ inputDim, outputDim, maskZero }), weights: { embeddings } };
  },

  Masking: ({ config }) => ({ layer: masking({ value: config.number('mask_value', 0) }) }),

  Dense({ config, version, features, location, file }) {
    const units = config.number('units');
    const weights = kernelAndBias(config, [features, units], location, file);
    return {
      layer: dense({
        units,
        activation: activationFrom(config.owner, config.get('activation'), version),
        bias: weights.bias !== undefined,
      }),
      weights,
    };
  },

  Conv1D({ config, version, features, location, file }) {
    config.must('data_format', 'channels_last');
    config.must('groups', 1);
    if (config.single('dilation_rate', 1) !== 1) {
      throw new UnsupportedError(`${config.owner}: dilation_rate is not supported`);
    }
    const filters = config.number('filters');
    const kernelSize = config.single('kernel_size');
    const weights = kernelAndBias(config, [kernelSize, features, filters], location, file);
    return {
      layer: conv1d({
        filters,
        kernelSize,
        strides: config.single('strides', 1),
        padding: (config.get('padding') ?? 'valid') as 'valid',
        activation: activationFrom(config.owner, config.get('activation'), version),
        bias: weights.bias !== undefined,
      }),
      weights,
    };
  },

  LayerNormalization({ config, shape, features, location, file }) {
    config.mustBeLastAxis('axis', rankOf(shape));
    config.must('rms_scaling', false);
    const { gamma, beta } = scaleAndCenter(config, features, (requested) => file.take(location, requested));
    return {
      layer: layerNorm({ epsilon: config.number('epsilon', 1e-3) }),
      weights: { gain: gamma, bias: beta },
    };
  },

  BatchNormalization({ config, shape, features, location, file }) {
    config.mustBeLastAxis('axis', rankOf(shape));
    const moving = ['moving_mean', 'moving_variance'].map((name) => ({ name, shape: [features] }));
    const scale = config.boolean('scale', true);
    const center = config.boolean('center', true);
    const names = [...(scale ? ['gamma'] : []), ...(center ? ['beta'] : [])];
    const all = file.take(location, [...names.map((name) => ({ name, shape: [features] })), ...moving]);
    const [runningMean, runningVariance] = all.slice(-2);
    const [gain, bias] = [scale ? all[0] : undefined, center ? all[names.length - 1] : undefined];
    // Recurra's epsilon is positive; `writeLayersModel` writes featureScale as a normalisation without one.
    if (config.get('epsilon') === 0) return scaledFeatures(gain, bias, runningMean, runningVariance);
    return {
      layer: batchNorm({
        scale,
        center,
        epsilon: config.number('epsilon', 1e-3),
        momentum: config.number('momentum', 0.99),
      }),
      weights: {
        ...(gain && { gain }),
        ...(bias && { bias }),
        runningMean,
        runningVariance,
      },
    };
  },

  Rescaling({ config, features }) {
    const constant = (value: number) => ({ data: new Float32Array(features).fill(value), shape: [features] });
    return {
      layer: featureScale(),
      weights: { gain: constant(config.number('scale')), bias: constant(config.number('offset', 0)) },
    };
  },

  Conv2D({ config, version, features, location, file }) {
    config.must('data_format', 'channels_last');
    config.must('groups', 1);
    if (config.pair('dilation_rate', 1).some((rate) => rate !== 1)) {
      throw new UnsupportedError(`${config.owner}: dilation_rate is not supported`);
    }
    const filters = config.number('filters');
    const kernelSize = config.pair('kernel_size');
    const weights = kernelAndBias(config, [...kernelSize, features, filters], location, file);
    return {
      layer: conv2d({
        filters,
        kernelSize,
        strides: config.pair('strides', 1),
        padding: (config.get('padding') ?? 'valid') as 'valid',
        activation: activationFrom(config.owner, config.get('activation'), version),
        bias: weights.bias !== undefined,
      }),
      weights,
    };
  },

  MaxPooling2D: ({ config }) => ({ layer: maxPooling2d(poolingOptions(config)) }),

  AveragePooling2D: ({ config }) => ({ layer: averagePooling2d(poolingOptions(config)) }),

  MaxPooling1D({ config }) {
    config.must('data_format', 'channels_last');
    const poolSize = config.single('pool_size', 2);
    return {
      layer: maxPooling1d({
        poolSize,
        strides: config.single('strides', poolSize),
        padding: (config.get('padding') ?? 'valid') as 'valid',
      }),
    };
  },

  Reshape({ config, shape }) {
    if ('time' in shape)
      throw new UnsupportedError(`${config.owner}: the steps of a sequence cannot be reshaped together`);
    return { layer: reshape({ target: config.get('target_shape') as [number] }) };
  },

  SpatialDropout1D: ({ config }) => ({ layer: spatialDropout({ rate: config.number('rate') }) }),

  SpatialDropout2D({ config }) {
    config.must('data_format', 'channels_last');
    return { layer: spatialDropout({ rate: config.number('rate') }) };
  },

  Add: () => ({ layer: add(), arrange: (inputs) => inputs }),

  Multiply: () => ({ layer: multiply(), arrange: (inputs) => inputs }),

  Concatenate({ config, shape }) {
    config.mustBeLastAxis('axis', rankOf(shape));
    return { layer: concat(), arrange: (inputs) => inputs };
  },

  Attention({ config, causal, location, file }) {
    config.must('score_mode', 'dot');
    const scaled = config.boolean('use_scale', false);
    const [scale] = scaled ? file.take(location, [{ name: 'scale', shape: [] }]) : [];
    const options = { causal, dropout: config.number('dropout', 0), ...(scale && { scale: scale.data[0] }) };
    return { layer: attention(options), arrange: (inputs) => queryAndMemory(config, inputs) };
  },

  Dropout({ config }) {
    config.must('noise_shape', undefined);
    return { layer: dropout({ rate: config.number('rate') }) };
  },

  Activation: ({ config, version }) => ({
    layer: activation({ activation: activationFrom(config.owner, config.get('activation'), version) }),
  }),

  ReLU({ config }) {
    for (const name of ['negative_slope', 'threshold']) config.must(name, 0);
    config.must('max_value', undefined);
    return { layer: activation({ activation: 'relu' }) };
  },

  LeakyReLU({ config }) {
    const alpha = config.number('negative_slope', config.number('alpha', 0.3));
    return { layer: activation({ activation: { kind: 'leakyRelu', alpha } }) };
  },

  ELU: ({ config }) => ({
    layer: activation({ activation: { kind: 'elu', alpha: config.number('alpha', 1) } }),
  }),

  Softmax({ config, shape }) {
    config.mustBeLastAxis('axis', rankOf(shape));
    return { layer: activation({ activation: 'softmax' }) };
  },

  RepeatVector: ({ config }) => ({ layer: repeatVector({ n: config.number('n') }) }),

  Flatten({ config, shape }) {
    config.must('data_format', 'channels_last');
    if (shape.kind === 'frames')
      throw new UnsupportedError(`${config.owner}: frames can be flattened only in a TimeDistributed`);
    return shape.kind === 'vector' ? {} : { layer: flatten() };
  },

  GlobalAveragePooling1D({ config }) {
    config.must('data_format', 'channels_last');
    config.must('keepdims', false);
    return { layer: meanOverTime() };
  },

  GlobalMaxPooling1D({ config }) {
    config.must('data_format', 'channels_last');
    config.must('keepdims', false);
    return { layer: maxOverTime() };
  },
};

/** Layers that process each step of a sequence separately. */
const stepwise = new Set([
  'Dense',
  'LayerNormalization',
  'BatchNormalization',
  'Dropout',
  'Activation',
  'ReLU',
  'LeakyReLU',
  'ELU',
  'Conv2D',
  'MaxPooling2D',
  'AveragePooling2D',
  'Flatten',
]);

/** The rank of the input, including the batch. */
function rankOf(shape: SignalShape): number {
  return batchShape(shape).length;
}

function poolingOptions(config: Config) {
  config.must('data_format', 'channels_last');
  const poolSize = config.pair('pool_size', 2);
  const strides = config.get('strides') === undefined ? poolSize : config.pair('strides');
  return { poolSize, strides, padding: (config.get('padding') ?? 'valid') as 'valid' };
}

/** @throws UnsupportedError if keys and values differ */
function queryAndMemory(config: Config, [query, memory, key = memory]: readonly Node[]) {
  if (!memory || key !== memory)
    throw new UnsupportedError(`${config.owner}: its inputs must be a query and one memory`);
  return { query, memory };
}

function kernelAndBias(
  config: Config,
  shape: readonly number[],
  location: WeightLocation,
  file: WeightFile,
): { kernel: NDArray; bias?: NDArray } {
  const requested: RequestedWeight[] = [{ name: 'kernel', shape }];
  if (config.boolean('use_bias', true)) requested.push({ name: 'bias', shape: [shape[shape.length - 1]] });
  const [kernel, bias] = file.take(location, requested);
  return { kernel, ...(bias && { bias }) };
}

/** A normalisation by fixed statistics as a gain and a bias. */
function scaledFeatures(
  gain: NDArray | undefined,
  bias: NDArray | undefined,
  mean: NDArray,
  variance: NDArray,
): Translated {
  const scale = Float64Array.from(variance.data, (v, i) => (gain?.data[i] ?? 1) / Math.sqrt(v));
  const shift = scale.map((s, i) => (bias?.data[i] ?? 0) - mean.data[i] * s);
  const vector = (data: Float64Array) => ({ data: Float32Array.from(data), shape: mean.shape });
  return { layer: featureScale(), weights: { gain: vector(scale), bias: vector(shift) } };
}

/** gamma and beta of a normalisation: ones and zeros if it has none. */
function scaleAndCenter(
  config: Config,
  features: number,
  take: (wanted: readonly RequestedWeight[]) => NDArray[],
): { gamma: NDArray; beta: NDArray } {
  const scale = config.boolean('scale', true);
  const center = config.boolean('center', true);
  const names = [...(scale ? ['gamma'] : []), ...(center ? ['beta'] : [])];
  const found = take(names.map((name) => ({ name, shape: [features] })));
  const constant = (value: number) => ({ data: new Float32Array(features).fill(value), shape: [features] });
  const gamma = scale ? (found.shift() as NDArray) : constant(1);
  const beta = center ? (found.shift() as NDArray) : constant(0);
  return { gamma, beta };
}
