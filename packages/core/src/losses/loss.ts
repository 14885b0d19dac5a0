import type { Tensor } from '../contract/tensor.js';
import type { ArrayInput } from '../data/ndarray.js';
import type { Signal } from '../layers/layer.js';
import type { Tape } from '../tape/tape.js';
import type { EncodedTargets, TargetLayout } from './targets.js';

/** The kind of targets: one of F classes, F independent binary labels, or F numbers. */
export type TargetKind = 'classes' | 'labels' | 'numbers';

/** The names of the built-in losses. */
export type LossKind =
  | 'crossEntropy'
  | 'binaryCrossEntropy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'huber';

/** The weights of the labels 0 and 1. */
export type LabelPair = readonly [no: number, yes: number];

/**
 * A built-in loss: its name, or an object with options. Each loss is a mean over the elements that are neither padding
 * nor masked, weighted by the samples' weights:
 * - `crossEntropy`: −log of the probability of the correct class. Targets are class indices, or rows of probabilities
 *   (one-hot or soft). `labelWeights`, one for each class, weight this mean. A target that equals `ignoreLabel`, any
 *   integer, is not counted in the loss or in metrics (PyTorch's ignore_index);
 * - `binaryCrossEntropy`: the cross entropy of independent binary outputs. Targets are from 0 to 1.
 *   `labelWeights` [no, yes], or one such pair for each output, weight this mean;
 * - `meanSquaredError`, `meanAbsoluteError`;
 * - `huber`: d²/2 up to a difference of `delta` (1), then delta · (|d| − delta/2) (Huber 1964; PyTorch's HuberLoss).
 *
 * The cross entropies need a model that ends with the activation `softmax` or `sigmoid`. They are computed from the
 * activation's input, to avoid overflow. With `fromLogits`, the model must end without this activation.
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
 * The loss that training minimises. `fit` and `evaluate` accept a built-in loss, or an object with this interface:
 *
 *   const quantile: Loss = {
 *     kind: 'quantile',
 *     encode: encodeTargets,
 *     compute(tape, output, { targets, shape, weights }) { … }
 *   };
 */
export interface Loss {
  /** The name of the loss in messages and checkpoints. */
  readonly kind: string;
  /** True if the model outputs logits, the input of a softmax or sigmoid, and not probabilities. Default false. */
  readonly fromLogits?: boolean;
  /** The kind of the targets, for metrics. Default: inferred from the encoded targets. */
  readonly targetKind?: TargetKind;
  /** The reason why the loss cannot be computed on parts of a sequence, as truncated BPTT does; absent if it can. */
  readonly wholeSequence?: string;
  /**
   * Encodes the targets of a batch as numbers. @throws DataError that names the sample and step of an invalid target
   */
  encode(ys: readonly ArrayInput[], layout: TargetLayout): EncodedTargets;
  /**
   * Computes the loss [1] on the tape, for its gradient. The loss is 0 if all weights are 0.
   *
   * @param output the model's output: [T, B, F] with lengths and mask, or [B, F]
   * @throws OptionError if the output does not have the activation that the loss needs
   */
  compute(tape: Tape, output: Signal, targets: EncodedTargets): Tensor;
}
