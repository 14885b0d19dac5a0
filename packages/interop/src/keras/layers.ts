/* Keras layers as layers of Recurra: one entry per class. */
import {
  activation,
  conv1d,
  dense,
  dropout,
  embedding,
  flatten,
  layerNorm,
  masking,
  maxOverTime,
  meanOverTime,
  repeatVector,
  UnsupportedError,
} from '@recurra/core';
import { activationFrom } from './activations.js';
import { imageLayers } from './image-layers.js';
import { innerLayer, type LayerInput, type Translated } from './layer-input.js';
import { kernelAndBias, rankOf, scaleAndCenter } from './layer-tools.js';
import { mergingLayers } from './merging-layers.js';
import { bidirectionalLayer, recurrentLayer } from './recurrent-layers.js';

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

  ...imageLayers,
  ...mergingLayers,
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
