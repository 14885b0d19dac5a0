/* Layers of Recurra as layers of tfjs-layers and Keras 3: the inverse of layers.ts. */
import {
  type Activation,
  type AnyLayer,
  type BuiltInLayer,
  type SignalShape,
  UnsupportedError,
} from '@recurra/core';
import { resolveActivation } from '@recurra/core/backend';
import { activationTo } from './activations.js';
import type { Config, Target, Weights, WrittenLayer } from './written-layer.js';
import { bidirectional, cellWeights, classes, recurrentConfig, refuseCell } from './written-recurrent.js';

export interface LayerToWrite {
  /** For messages: `layer 2, lstm`. */
  readonly owner: string;
  /** Unique in the model: `lstm_2`. */
  readonly name: string;
  readonly layer: AnyLayer;
  /** The shape of its first input. */
  readonly shape: SignalShape;
  readonly weights: Weights;
  readonly target: Target;
}

/**
 * The layer in tfjs-layers; two if its activation is a separate layer there.
 * @throws UnsupportedError for what tfjs-layers does not have
 */
export function writtenLayers({
  owner,
  name,
  layer: anyLayer,
  shape,
  weights,
  target,
}: LayerToWrite): WrittenLayer[] {
  const layer = anyLayer as unknown as BuiltInLayer;
  const one = (className: string, config: Config, values: Weights = {}) => [
    { className, config, weights: values },
  ];
  switch (layer.kind) {
    case 'rnn':
    case 'lstm':
    case 'gru':
      return one(
        classes[layer.kind],
        recurrentConfig(owner, layer, target),
        cellWeights(layer.kind, weights, ''),
      );
    case 'bidirectional':
      return [bidirectional(owner, name, layer.options, weights, target)];
    case 'embedding': {
      const { inputDim, outputDim, maskZero } = layer.options;
      return one('Embedding', { input_dim: inputDim, output_dim: outputDim, mask_zero: maskZero }, weights);
    }
    case 'masking':
      return one('Masking', { mask_value: layer.options.value });
    case 'dense': {
      const { units, bias, activation } = layer.options;
      return activated(target, owner, activation, 'Dense', { units, use_bias: bias }, weights);
    }
    case 'conv1d': {
      const { filters, kernelSize, strides, padding, bias, activation } = layer.options;
      if (padding === 'causal' && target === 'tfjs-layers')
        throw new UnsupportedError(`${owner}: ${target} has no causal padding`);
      const config = { filters, kernel_size: [kernelSize], strides: [strides], padding, use_bias: bias };
      return activated(target, owner, activation, 'Conv1D', config, weights);
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
      return [activationLayer(target, owner, layer.options.activation)];
    case 'repeatVector':
      return one('RepeatVector', { n: layer.options.n });
    case 'flatten':
      return one('Flatten', {}).map((written) => stepwise(name, shape, written));
    case 'meanOverTime':
      return one('GlobalAveragePooling1D', {});
    case 'maxOverTime':
      return one('GlobalMaxPooling1D', {});
    case 'lastStep':
      throw new UnsupportedError(`${owner}: ${target} has no such layer; use returnSequences: false`);
    case 'conv2d': {
      const { filters, kernelSize, strides, padding, bias, activation } = layer.options;
      const config = { filters, kernel_size: kernelSize, strides, padding, use_bias: bias };
      const layers = activated(target, owner, activation, 'Conv2D', config, weights);
      return layers.map((written) => stepwise(name, shape, written));
    }
    case 'maxPooling2d':
    case 'averagePooling2d': {
      const { poolSize, strides, padding } = layer.options;
      const className = layer.kind === 'maxPooling2d' ? 'MaxPooling2D' : 'AveragePooling2D';
      const config = { pool_size: poolSize, strides, padding };
      return one(className, config).map((written) => stepwise(name, shape, written));
    }
    case 'maxPooling1d': {
      const { poolSize, strides, padding } = layer.options;
      return one('MaxPooling1D', { pool_size: [poolSize], strides: [strides], padding });
    }
    case 'batchNorm': {
      const { gain, bias, runningMean, runningVariance } = weights;
      const { epsilon, momentum, scale, center } = layer.options;
      return one(
        'BatchNormalization',
        { axis: -1, epsilon, momentum, scale, center },
        {
          ...(gain && { gamma: gain }),
          ...(bias && { beta: bias }),
          moving_mean: runningMean,
          moving_variance: runningVariance,
        },
      );
    }
    case 'reshape':
      if ('time' in shape)
        throw new UnsupportedError(`${owner}: ${target} cannot reshape each step of a sequence`);
      return one('Reshape', { target_shape: layer.options.target });
    case 'spatialDropout': {
      const { rate } = layer.options;
      if (shape.kind === 'sequence') return one('SpatialDropout1D', { rate });
      if (shape.kind === 'image' && target === 'Keras 3') return one('SpatialDropout2D', { rate });
      throw new UnsupportedError(
        `${owner}: ${target} drops whole features only of sequences${target === 'Keras 3' ? ' and images' : ''}`,
      );
    }
    case 'add':
      return one('Add', {});
    case 'multiply':
      return one('Multiply', {});
    case 'concat':
      return one('Concatenate', { axis: -1 });
    case 'attention': {
      const { score, heads, scale, causal, dropout } = layer.options;
      if (target === 'tfjs-layers') throw new UnsupportedError(`${owner}: tfjs-layers has no attention`);
      if (score !== 'dot' || heads !== undefined)
        throw new UnsupportedError(
          `${owner}: only attention with the score 'dot' and without heads can be exported to Keras 3`,
        );
      const config = { use_scale: scale !== undefined, score_mode: 'dot', dropout };
      const values: Weights =
        scale === undefined ? {} : { scale: { data: Float32Array.of(scale), shape: [] } };
      return [{ className: 'Attention', config, weights: values, options: { use_causal_mask: causal } }];
    }
    case 'bahdanauDecoder':
      throw new UnsupportedError(`${owner}: ${target} has no attention inside a recurrent layer`);
    case 'minGru':
    case 'minLstm':
    case 'slstm':
      return refuseCell(owner, layer.kind, target);
    case 'recurrent':
      throw new UnsupportedError(`${owner}: custom cells cannot be exported to ${target}`);
    default:
      layer satisfies never;
      throw new UnsupportedError(`${owner}: custom layers cannot be exported to ${target}`);
  }
}

/** A layer of images; of frames it works on each step. */
function stepwise(name: string, { kind }: SignalShape, written: WrittenLayer): WrittenLayer {
  const { className, config, weights } = written;
  if (kind !== 'frames' || className === 'LeakyReLU' || className === 'Activation') return written;
  const layer = { class_name: className, config: { name: `${name}_step`, ...config } };
  return { className: 'TimeDistributed', config: { layer }, weights };
}

function scaled({ gain, bias }: Weights): Weights {
  return { gamma: gain, beta: bias };
}

/** The leaky ReLU with a slope is a layer there, not a function. */
function activationLayer(target: Target, owner: string, activation: Activation): WrittenLayer {
  const { kind, alpha } = resolveActivation(activation);
  if (kind === 'leakyRelu')
    return {
      className: 'LeakyReLU',
      config: target === 'Keras 3' ? { negative_slope: alpha } : { alpha },
      weights: {},
    };
  return {
    className: 'Activation',
    config: { activation: activationTo(owner, activation, target) },
    weights: {},
  };
}

function activated(
  target: Target,
  owner: string,
  activation: Activation,
  className: string,
  config: Config,
  weights: Weights,
): WrittenLayer[] {
  const after = activationLayer(target, owner, activation);
  if (after.className !== 'Activation')
    return [{ className, config: { ...config, activation: 'linear' }, weights }, after];
  return [{ className, config: { ...config, ...after.config }, weights }];
}
