import type { Regularizer } from '../cells/cell.js';
import { type Activation, activation } from '../contract/activation.js';
import { type Initializer, initializer } from '../initializers.js';
import { denseRows } from '../kernels/dense.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import { activated } from './activation.js';
import type { Layer } from './layer.js';
import { requireFeatures } from './shapes.js';
import { type Resolved, regularizer, type TrainableOptions, trainable } from './trainable.js';

/** The options of {@link dense}. */
export interface DenseOptions extends TrainableOptions {
  /** The number of features of the output. */
  readonly units: number;
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

const checks = {
  units: positiveInteger,
  activation: optional(activation, 'linear'),
  bias: optional(boolean, true),
  kernelInitializer: optional(initializer, 'glorotUniform'),
  biasInitializer: optional(initializer, 'zeros'),
  trainable,
  kernelRegularizer: regularizer,
  biasRegularizer: regularizer,
};

/**
 * Computes y = activation(x · kernel + bias) for a vector, or for each step of a sequence.
 * @throws OptionError for an unknown option or an invalid value
 */
export function dense(
  options: DenseOptions,
): Layer<'dense', Resolved<DenseOptions>, 'sequence' | 'vector', 'same'> {
  const checked = checkOptions('dense', options, checks);
  const { units } = checked;
  return {
    kind: 'dense',
    options: checked,
    trainable: checked.trainable,
    build(input) {
      const { features } = requireFeatures('dense', input);
      return {
        outputShape: { ...requireFeatures('dense', input), features: units },
        parameters: {
          kernel: {
            shape: [features, units],
            initial: checked.kernelInitializer,
            regularizer: checked.kernelRegularizer,
            int8: 'dense',
          },
          ...(checked.bias && {
            bias: { shape: [units], initial: checked.biasInitializer, regularizer: checked.biasRegularizer },
          }),
        },
        apply(tape, { value }, { weights: { kernel, bias } }) {
          const run = (activation: Activation) => denseRows(tape, { x: value, kernel, bias }, activation);
          const keepsLogits = checked.activation === 'softmax' || checked.activation === 'sigmoid';
          return {
            output: keepsLogits
              ? activated(tape, run('linear'), checked.activation)
              : { value: run(checked.activation) },
          };
        },
      };
    },
  };
}
