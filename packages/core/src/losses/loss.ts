import type { Tensor } from '../contract/tensor.js';
import type { ArrayInput } from '../data/ndarray.js';
import { OptionError } from '../errors.js';
import { isRecord, show } from '../options.js';
import type { Tape } from '../tape/tape.js';
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import { crossEntropy } from './cross-entropy.js';
import { huber, meanAbsoluteError, meanSquaredError } from './regression.js';
import type { EncodedTargets, TargetLayout } from './targets.js';

/**
 * What training makes small. Each is a mean over the elements that are neither padding nor masked, weighted by the samples'
 * weights:
 * - `crossEntropy`: −log of the probability of the right class. Targets are classes (whole numbers) or rows of
 *   probabilities, one-hot or soft. With `labelWeights`, one for each class, it is the mean weighted by them;
 * - `binaryCrossEntropy`: the same for independent yes-or-no outputs; targets from 0 to 1;
 * - `meanSquaredError`, `meanAbsoluteError`;
 * - `huber`: d²/2 up to a difference of `delta` (1), then delta · (|d| − delta/2) (Huber 1964; PyTorch's HuberLoss).
 *
 * The cross entropies want a model that ends with the activation `softmax` or `sigmoid`, and then compute from what goes
 * into it, without overflow; with `fromLogits` the model has no such activation.
 */
export type LossConfig =
  | LossKind
  | {
      readonly kind: 'crossEntropy';
      readonly labelWeights?: readonly number[];
      readonly fromLogits?: boolean;
    }
  | { readonly kind: 'binaryCrossEntropy'; readonly fromLogits?: boolean }
  | { readonly kind: 'meanSquaredError' | 'meanAbsoluteError' }
  | { readonly kind: 'huber'; readonly delta?: number };

/** A model's output as rows: row t·B + b of a sequence, row b otherwise. */
export interface Prediction {
  /** [N, F] */
  readonly rows: Tensor;
  /** What went into the activation that the model ends with, [N, F]. */
  readonly logits?: { readonly kind: 'softmax' | 'sigmoid'; readonly rows: Tensor };
}

/** A loss with its options checked. */
export interface Loss {
  readonly kind: LossKind;
  /** The model's output is what a softmax or sigmoid would take, and no probabilities. */
  readonly fromLogits: boolean;
  /** The targets of a batch as numbers. @throws DataError, naming sample and step, for what cannot be one */
  encode(ys: readonly ArrayInput[], layout: TargetLayout): EncodedTargets;
  /**
   * The loss [1], with its gradient; 0 where no row counts.
   *
   * @throws OptionError where the prediction has not the activation that the loss wants
   */
  compute(tape: Tape, prediction: Prediction, encoded: EncodedTargets): Tensor;
}

const losses = { crossEntropy, binaryCrossEntropy, meanSquaredError, meanAbsoluteError, huber };

export type LossKind = keyof typeof losses;

/**
 * The loss that a name or a config stands for.
 * @throws OptionError for an unknown loss, or an option that it cannot have
 */
export function loss(config: LossConfig): Loss {
  const { kind, ...options } = isRecord(config) ? config : { kind: config };
  if (typeof kind !== 'string' || !Object.hasOwn(losses, kind)) {
    throw new OptionError(`loss must be one of ${Object.keys(losses).join(', ')}, not ${show(kind)}`);
  }
  return losses[kind](options);
}
