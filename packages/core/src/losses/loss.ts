import type { Tensor } from '../contract/tensor.js';
import type { ArrayInput } from '../data/ndarray.js';
import type { Signal } from '../layers/layer.js';
import type { Tape } from '../tape/tape.js';
import type { EncodedTargets, TargetLayout } from './targets.js';

/** What targets are: one of F classes, F independent labels (no or yes), or F numbers. */
export type TargetKind = 'classes' | 'labels' | 'numbers';

/** The names of the built-in losses. */
export type LossKind =
  | 'crossEntropy'
  | 'binaryCrossEntropy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'huber';

/** What a no and a yes weigh. */
export type LabelPair = readonly [no: number, yes: number];

/**
 * A built-in loss, by its name or with options. Each is a mean over the elements that are neither padding nor masked,
 * weighted by the samples' weights:
 * - `crossEntropy`: −log of the probability of the right class. Targets are classes (whole numbers) or rows of
 *   probabilities, one-hot or soft. With `labelWeights`, one for each class, it is the mean weighted by them. A class that is
 *   `ignoreLabel`, any whole number, counts nowhere: neither in the loss nor in metrics (PyTorch's ignore_index);
 * - `binaryCrossEntropy`: the same for independent yes-or-no outputs; targets from 0 to 1. With `labelWeights`, [no, yes], or
 *   such a pair for each output, it is the mean weighted by them;
 * - `meanSquaredError`, `meanAbsoluteError`;
 * - `huber`: d²/2 up to a difference of `delta` (1), then delta · (|d| − delta/2) (Huber 1964; PyTorch's HuberLoss).
 *
 * The cross entropies need a model that ends with the activation `softmax` or `sigmoid`, and then compute from its input,
 * without overflow; with `fromLogits` the model has no such activation.
 */
export type LossConfig =
  | LossKind
  | {
      readonly kind: 'crossEntropy';
      readonly labelWeights?: readonly number[];
      readonly ignoreLabel?: number;
      readonly fromLogits?: boolean;
    }
  | {
      readonly kind: 'binaryCrossEntropy';
      readonly labelWeights?: LabelPair | readonly LabelPair[];
      readonly fromLogits?: boolean;
    }
  | { readonly kind: 'crossEntropy' | 'binaryCrossEntropy'; readonly fromLogits?: boolean }
  | { readonly kind: 'meanSquaredError' | 'meanAbsoluteError' }
  | { readonly kind: 'huber'; readonly delta?: number };

/**
 * The loss that training minimises. `fit` and `evaluate` take the name of a built-in one, or an object of this form:
 *
 *   const quantile: Loss = {
 *     kind: 'quantile',
 *     encode: encodeTargets,
 *     compute(tape, output, { targets, shape, weights }) { … }
 *   };
 */
export interface Loss {
  /** A name, for messages and checkpoints. */
  readonly kind: string;
  /** The model's output is the input of a softmax or sigmoid, and not probabilities. Default false. */
  readonly fromLogits?: boolean;
  /** What its targets are, for metrics to read. Default: as their encoding looks. */
  readonly targetKind?: TargetKind;
  /** The targets of a batch as numbers. @throws DataError, naming sample and step, for a target that cannot be */
  encode(ys: readonly ArrayInput[], layout: TargetLayout): EncodedTargets;
  /**
   * The loss [1], of which the tape has the gradient; 0 where no row counts.
   *
   * @param output the model's output: [T, B, F] with lengths and mask, or [B, F]
   * @throws OptionError where the output does not have the activation that the loss needs
   */
  compute(tape: Tape, output: Signal, targets: EncodedTargets): Tensor;
}
