/* Keras layers of images, and what goes with them: pooling, normalisation of batches, other shapes. */
import {
  averagePooling2d,
  batchNorm,
  conv2d,
  featureScale,
  maxPooling1d,
  maxPooling2d,
  type NDArray,
  reshape,
  spatialDropout,
  UnsupportedError,
} from '@recurra/core';
import { activationFrom } from './activations.js';
import type { Config } from './config.js';
import type { LayerInput, Translated } from './layer-input.js';
import { kernelAndBias, rankOf } from './layer-tools.js';

export const imageLayers: Readonly<Record<string, (input: LayerInput) => Translated>> = {
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
};

function poolingOptions(config: Config) {
  config.must('data_format', 'channels_last');
  const poolSize = config.pair('pool_size', 2);
  const strides = config.get('strides') === undefined ? poolSize : config.pair('strides');
  return { poolSize, strides, padding: (config.get('padding') ?? 'valid') as 'valid' };
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
