import { type Activation, activation } from '../contract/activation.js';
import { ShapeError } from '../errors.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, checkOptions, oneOf, optional, positiveInteger } from '../options.js';
import { activated } from './activation.js';
import type { Layer } from './layer.js';
import { wantSequence } from './shapes.js';
import { pickSteps } from './steps.js';

/** The options of {@link conv1d}. */
export interface Conv1dOptions {
  /** Width of the output. */
  readonly filters: number;
  /** How many steps each output sees. */
  readonly kernelSize: number;
  /** Steps from one output to the next. Default 1. */
  readonly strides?: number;
  /**
   * 'valid': only where the kernel fits; 'same': zeros on both sides, time / strides outputs; 'causal': zeros before, so
   * that an output sees no later step. Default 'valid'.
   */
  readonly padding?: 'valid' | 'same' | 'causal';
  /** Default 'linear'. */
  readonly activation?: Activation;
  /** Default true. */
  readonly bias?: boolean;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
  /** Default 'zeros'. */
  readonly biasInitializer?: Initializer;
}

/**
 * Convolution over time: [batch, time, features] → [batch, time', filters]; kernel [kernelSize, features, filters]. Each
 * row is convolved as if it were as long as its length, so padding changes nothing.
 * @throws OptionError for an option it does not have, or a value that cannot be
 */
export function conv1d(
  options: Conv1dOptions,
): Layer<'conv1d', Required<Conv1dOptions>, 'sequence', 'sequence'> {
  const checked = checkOptions('conv1d', options, {
    filters: positiveInteger,
    kernelSize: positiveInteger,
    strides: optional(positiveInteger, 1),
    padding: optional(oneOf('valid', 'same', 'causal'), 'valid'),
    activation: optional(activation, 'linear'),
    bias: optional(boolean, true),
    kernelInitializer: optional(initializer, 'glorotUniform'),
    biasInitializer: optional(initializer, 'zeros'),
  });
  const { filters, kernelSize, strides, padding } = checked;

  /** How many outputs a row of `length` steps has. */
  const outputs = (length: number) =>
    padding === 'valid'
      ? Math.max(0, Math.floor((length - kernelSize) / strides) + 1)
      : Math.ceil(length / strides);

  /** The steps that the outputs of a row see, kernelSize for each of `count`; −1 is padding. */
  const seen = (length: number, count: number) => {
    const missing = Math.max(0, (outputs(length) - 1) * strides + kernelSize - length);
    const before = { valid: 0, same: Math.floor(missing / 2), causal: kernelSize - 1 }[padding];
    return Array.from({ length: count * kernelSize }, (_, i) => {
      const step = Math.floor(i / kernelSize) * strides + (i % kernelSize) - before;
      return step >= 0 && step < length ? step : -1;
    });
  };

  return {
    kind: 'conv1d',
    options: checked,
    build(input) {
      const { time, features } = wantSequence('conv1d', input);
      if (time !== null && outputs(time) === 0) {
        throw new ShapeError(`conv1d: a kernel of ${kernelSize} steps does not fit into ${time}`);
      }
      return {
        outputShape: { kind: 'sequence', time: time === null ? null : outputs(time), features: filters },
        parameters: {
          kernel: { shape: [kernelSize, features, filters], initial: checked.kernelInitializer },
          ...(checked.bias && { bias: { shape: [filters], initial: checked.biasInitializer } }),
        },
        wholeSequence: 'conv1d looks at several steps together',
        apply(tape, { value, lengths }, { weights: { kernel, bias } }) {
          const [T, B] = value.shape;
          const count = outputs(T);
          const picked = pickSteps(tape, value, (row) => seen(lengths?.rows[row] ?? T, count));
          const patches = tape.transpose(
            tape.reshape(picked, [count, kernelSize, B, features]),
            [0, 2, 1, 3],
          );
          const rows = tape.reshape(patches, [count * B, kernelSize * features]);
          const product = tape.matmul(rows, tape.reshape(kernel, [kernelSize * features, filters]));
          const y = tape.reshape(bias ? tape.add(product, bias) : product, [count, B, filters]);
          const left = lengths?.rows.map(outputs);
          return {
            output: {
              ...activated(tape, y, checked.activation),
              lengths: left && { rows: left, tensor: tape.constant(Float32Array.from(left), [B]) },
              mask: undefined,
            },
          };
        },
      };
    },
  };
}
