import { sizeOf, type Tensor } from '../contract/tensor.js';
import { boolean, checkOptions, fraction, optional, positiveNumber } from '../options.js';
import type { Tape } from '../tape/tape.js';
import type { Layer, Signal } from './layer.js';
import { type NumberKind, requireNumbers, sizesOfStep } from './shapes.js';
import { validSteps } from './steps.js';
import { type Resolved, type TrainableOptions, trainable } from './trainable.js';

/** The options of {@link batchNorm}. */
export interface BatchNormOptions extends TrainableOptions {
  /** The fraction of the running mean and variance that a training step keeps, from 0 to below 1. PyTorch's momentum is 1 − this value. Default 0.99. */
  readonly momentum?: number;
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number;
  /** Add a bias for each feature. Default true. */
  readonly center?: boolean;
  /** Multiply by a gain for each feature. Default true. */
  readonly scale?: boolean;
}

/**
 * Normalises each feature, or each channel of images, over the batch: (x − mean) / √(variance + ε) ⊙ gain + bias (Ioffe &
 * Szegedy 2015). In training, mean and variance are those of the batch, over rows, steps, height and width; padded and
 * masked steps do not count. Each training step also updates the running mean and variance, which are used in prediction.
 * They are buffers: saved, but not trained. The parameters are `gain` and `bias`, the buffers `runningMean` and
 * `runningVariance`, each [features] or [channels]. Both variances are the biased one, Σ (x − mean)² / n, as in Keras 3 (PyTorch's
 * running variance is the unbiased one). With `trainable: false`, training uses the running mean and variance and does not
 * change them. Options and defaults are Keras 3's.
 * @throws OptionError for an unknown option or an invalid value
 */
export function batchNorm(
  options: BatchNormOptions = {},
): Layer<'batchNorm', Resolved<BatchNormOptions>, NumberKind, 'same'> {
  const checked = checkOptions('batchNorm', options, {
    momentum: optional(fraction, 0.99),
    epsilon: optional(positiveNumber, 1e-3),
    center: optional(boolean, true),
    scale: optional(boolean, true),
    trainable,
  });
  const { momentum, epsilon, center, scale } = checked;
  return {
    kind: 'batchNorm',
    options: checked,
    trainable: checked.trainable,
    build(input) {
      const outputShape = requireNumbers('batchNorm', input);
      const sizes = sizesOfStep(input);
      const channels = sizes[sizes.length - 1];
      return {
        outputShape,
        parameters: {
          ...(scale && { gain: { shape: [channels], initial: 'ones' } }),
          ...(center && { bias: { shape: [channels], initial: 'zeros' } }),
        },
        buffers: {
          runningMean: { shape: [channels], initial: 'zeros' },
          runningVariance: { shape: [channels], initial: 'ones' },
        },
        apply(tape, signal, { weights: { gain, bias }, buffers, ...context }) {
          const training = context.training && checked.trainable !== false;
          const { value } = signal;
          const pixels = sizeOf(sizes) / channels;
          const x = tape.reshape(value, [sizeOf(value.shape.slice(0, -1)), pixels, channels]);
          const { runningMean, runningVariance } = buffers;
          const { mean, variance } = training
            ? momentsOf(tape, x, countedRows(tape, signal))
            : { mean: runningMean, variance: runningVariance };

          const deviation = tape.sqrt(tape.affine(variance, 1, epsilon));
          const factor = gain ? tape.div(gain, deviation) : tape.div(tape.fill([1], 1), deviation);
          const scaled = tape.mul(tape.sub(x, mean), factor);
          const output = {
            value: tape.reshape(bias ? tape.add(scaled, bias) : scaled, value.shape),
          };
          if (!training) return { output };
          const moved = (running: Tensor, batch: Tensor) =>
            tape.add(tape.affine(running, momentum), tape.affine(batch, 1 - momentum));
          return {
            output,
            buffers: {
              runningMean: moved(runningMean, mean),
              runningVariance: moved(runningVariance, variance),
            },
          };
        },
      };
    },
  };
}

/** 1 for each step of each row that counts, else 0, [T · B, 1, 1]; undefined where all do. */
function countedRows(tape: Tape, { value, lengths, mask }: Signal): Tensor | undefined {
  const counted = mask ?? (lengths && validSteps(tape, lengths.rows, value.shape[0]));
  return counted && tape.reshape(counted, [sizeOf(counted.shape), 1, 1]);
}

/** Mean and biased variance of x [rows, pixels, channels] over the rows that count, each [channels]. */
function momentsOf(tape: Tape, x: Tensor, counted: Tensor | undefined): { mean: Tensor; variance: Tensor } {
  const [rows, pixels, channels] = x.shape;
  const one = tape.fill([1], 1);
  const count = counted
    ? tape.maximum(tape.affine(tape.sum(counted), pixels), one)
    : tape.fill([1, 1, 1], Math.max(1, rows * pixels));
  const only = (values: Tensor) => (counted ? tape.select(counted, values, tape.fill([1], 0)) : values);
  const meanOf = (values: Tensor) => tape.div(tape.sum(values, [0, 1]), count);

  const mean = meanOf(only(x));
  const centred = only(tape.sub(x, mean));
  const variance = meanOf(tape.mul(centred, centred));
  return { mean: tape.reshape(mean, [channels]), variance: tape.reshape(variance, [channels]) };
}
