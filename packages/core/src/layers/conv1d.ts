import type { Regularizer } from '../cells/cell.js';
import { type Activation, activation } from '../contract/activation.js';
import { ShapeError } from '../errors.js';
import { type Initializer, initializer } from '../initializers.js';
import { boolean, checkOptions, oneOf, optional, positiveInteger } from '../options.js';
import { activated } from './activation.js';
import type { Layer } from './layer.js';
import { requireSequence } from './shapes.js';
import { lengthsOf, pickSteps } from './steps.js';
import { type Resolved, regularizer, type TrainableOptions, trainable } from './trainable.js';
import { windowCount, windowElements } from './windows.js';

/** The options of {@link conv1d}. */
export interface Conv1dOptions extends TrainableOptions {
  /** The number of features of the output. */
  readonly filters: number;
  /** The number of input steps that each output step is computed from. */
  readonly kernelSize: number;
  /** The number of input steps from one output step to the next. Default 1. */
  readonly strides?: number;
  /**
   * 'valid' adds no padding; 'same' pads with zeros on both sides, for ⌈time / strides⌉ output steps; 'causal' pads
   * with zeros at the start, so no output depends on later steps. Default 'valid'.
   */
  readonly padding?: 'valid' | 'same' | 'causal';
  /** The activation of the output. Default 'linear'. */
  readonly activation?: Activation;
  /** True to add a bias. Default true. */
  readonly bias?: boolean;
  /** The initializer of the kernel. Default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer;
  /** The initializer of the bias. Default 'zeros'. */
  readonly biasInitializer?: Initializer;
  /** The penalty on the kernel in the training loss. Default: none. */
  readonly kernelRegularizer?: Regularizer;
  /** The penalty on the bias in the training loss. Default: none. */
  readonly biasRegularizer?: Regularizer;
}

/**
 * Convolution over time: [batch, time, features] → [batch, time', filters]; kernel [kernelSize, features, filters].
 * Only the valid steps of each row are convolved, so the padding of a batch does not change the result.
 * @throws OptionError for an unknown option or an invalid value
 */
export function conv1d(
  options: Conv1dOptions,
): Layer<'conv1d', Resolved<Conv1dOptions>, 'sequence', 'sequence'> {
  const checked = checkOptions('conv1d', options, {
    filters: positiveInteger,
    kernelSize: positiveInteger,
    strides: optional(positiveInteger, 1),
    padding: optional(oneOf('valid', 'same', 'causal'), 'valid'),
    activation: optional(activation, 'linear'),
    bias: optional(boolean, true),
    kernelInitializer: optional(initializer, 'glorotUniform'),
    biasInitializer: optional(initializer, 'zeros'),
    trainable,
    kernelRegularizer: regularizer,
    biasRegularizer: regularizer,
  });
  const { filters, kernelSize } = checked;
  const sliding = { size: kernelSize, stride: checked.strides, padding: checked.padding };
  /** The number of output steps for a row of `length` steps. */
  const outputs = (length: number) => windowCount(length, sliding);

  return {
    kind: 'conv1d',
    options: checked,
    trainable: checked.trainable,
    build(input) {
      const { time, features } = requireSequence('conv1d', input);
      if (time !== null && outputs(time) === 0) {
        throw new ShapeError(`conv1d: a kernel of ${kernelSize} steps does not fit into ${time}`);
      }
      return {
        outputShape: { kind: 'sequence', time: time === null ? null : outputs(time), features: filters },
        parameters: {
          kernel: {
            shape: [kernelSize, features, filters],
            initial: checked.kernelInitializer,
            regularizer: checked.kernelRegularizer,
            int8: 'columns',
          },
          ...(checked.bias && {
            bias: {
              shape: [filters],
              initial: checked.biasInitializer,
              regularizer: checked.biasRegularizer,
            },
          }),
        },
        wholeSequence: 'conv1d needs several steps at once',
        apply(tape, { value, lengths }, { weights: { kernel, bias } }) {
          const [T, B] = value.shape;
          const count = outputs(T);
          const picked = pickSteps(tape, value, (row) =>
            windowElements(lengths?.rows[row] ?? T, sliding, 'nothing', count),
          );
          const patches = tape.transpose(
            tape.reshape(picked, [count, kernelSize, B, features]),
            [0, 2, 1, 3],
          );
          const rows = tape.reshape(patches, [count * B, kernelSize * features]);
          const product = tape.matmul(rows, tape.reshape(kernel, [kernelSize * features, filters]));
          const y = tape.reshape(bias ? tape.add(product, bias) : product, [count, B, filters]);
          return {
            output: {
              ...activated(tape, y, checked.activation),
              lengths: lengths && lengthsOf(tape, lengths.rows.map(outputs)),
              mask: undefined,
            },
          };
        },
      };
    },
  };
}
