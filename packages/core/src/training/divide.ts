import type { AnySample, Samples } from '../data/samples.js';
import { splitSamples } from '../data/split.js';
import { OptionError } from '../errors.js';
import type { CheckedFitOptions } from './options.js';

/**
 * The training and the validation samples.
 * @throws OptionError for a split of samples that are not in an array
 */
export function divide(
  samples: Samples<AnySample>,
  validation: CheckedFitOptions['validation'],
): [Samples<AnySample>, Samples<AnySample> | undefined] {
  if (!validation) return [samples, undefined];
  const { split, samples: separate, ...options } = validation;
  if (split === undefined) return [samples, separate];
  if (!Array.isArray(samples))
    throw new OptionError(
      'validation: split needs the samples in an array; for other samples, pass { samples }',
    );
  const parts = splitSamples(samples as readonly AnySample[], { validation: split, ...options });
  return [parts.training, parts.validation];
}
