import { OptionError } from '../errors.js';
import { type Check, custom, isRecord, show } from '../options.js';
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import { crossEntropy } from './cross-entropy.js';
import { ctc } from './ctc.js';
import type { Loss, LossConfig } from './loss.js';
import { huber, meanAbsoluteError, meanSquaredError } from './regression.js';

const losses = { crossEntropy, binaryCrossEntropy, ctc, meanSquaredError, meanAbsoluteError, huber };

/** The check for the option `loss`. */
export const lossOption: Check<LossConfig | Loss> = custom(
  'a loss: a name, an object with its kind, or a Loss',
  (x) => typeof x === 'string' || isRecord(x),
);

/**
 * Resolves a loss from its name or configuration. A custom `Loss` is returned unchanged.
 * @throws OptionError for an unknown loss, or an invalid option
 */
export function resolveLoss(loss: LossConfig | Loss): Loss {
  if (isLoss(loss)) return loss;
  const { kind, ...options } = isRecord(loss) ? loss : { kind: loss };
  if (typeof kind !== 'string' || !Object.hasOwn(losses, kind)) {
    throw new OptionError(`loss must be one of ${Object.keys(losses).join(', ')}, not ${show(kind)}`);
  }
  return losses[kind](options);
}

/** Describes a loss for a checkpoint, as JSON. */
export function describeLoss(loss: LossConfig | Loss): object {
  if (isLoss(loss)) return { kind: loss.kind };
  return isRecord(loss) ? loss : { kind: loss };
}

function isLoss(loss: LossConfig | Loss): loss is Loss {
  const { encode, compute } = (isRecord(loss) ? loss : {}) as Partial<Loss>;
  return typeof encode === 'function' && typeof compute === 'function';
}
