/* Keras layers as layers of Recurra: one entry per class. */
import {
  activation,
  conv1d,
  dense,
  dropout,
  embedding,
  featureScale,
  flatten,
  layerNorm,
  masking,
  maxOverTime,
  meanOverTime,
  type NDArray,
  repeatVector,
  type SignalShape,
  UnsupportedError,
} from '@recurra/core';
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
    const epsilon = config.number('epsilon', 1e-3);
    const { gamma, beta, others } = scaleAndCenter(config, features, (requested) =>
      file.take(location, [...requested, ...moving]),
    );
    const [mean, variance] = others;
    const scale = Float64Array.from(gamma.data, (g, i) => g / Math.sqrt(variance.data[i] + epsilon));
    const shift = Float64Array.from(beta.data, (b, i) => b - mean.data[i] * scale[i]);
    const vector = (data: Float64Array) => ({ data: Float32Array.from(data), shape: [features] });
    return { layer: featureScale(), weights: { gain: vector(scale), bias: vector(shift) } };
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
]);

/** The rank of the input, including the batch. */
function rankOf({ kind }: SignalShape): number {
  return kind === 'sequence' ? 3 : 2;
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

/** gamma and beta of a normalisation (ones and zeros if it has none), and the other weights that `take` returns. */
function scaleAndCenter(
  config: Config,
  features: number,
  take: (requested: readonly RequestedWeight[]) => NDArray[],
): { gamma: NDArray; beta: NDArray; others: NDArray[] } {
  const scale = config.boolean('scale', true);
  const center = config.boolean('center', true);
  const names = [...(scale ? ['gamma'] : []), ...(center ? ['beta'] : [])];
  const others = take(names.map((name) => ({ name, shape: [features] })));
  const constant = (value: number) => ({ data: new Float32Array(features).fill(value), shape: [features] });
  const gamma = scale ? (others.shift() as NDArray) : constant(1);
  const beta = center ? (others.shift() as NDArray) : constant(0);
  return { gamma, beta, others };
}
