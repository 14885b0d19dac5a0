import { DataError, OptionError } from '../errors.js';
import { boolean, checkOptions, custom, number, optional, show } from '../options.js';
import { seededRandom } from '../random.js';
import type { AnySample } from './samples.js';

/** The options of {@link splitSamples}. */
export interface SplitOptions<Of> {
  /** The fraction of samples for validation, above 0 and below 1. */
  readonly validation: number;
  /** Choose the validation samples at random. Default false: the last samples are chosen, as in Keras. */
  readonly shuffle?: boolean;
  /** The seed of `shuffle`. Default 0. */
  readonly seed?: number;
  /** Returns the label of a sample. Each label then has the same fraction in both parts, up to rounding. */
  readonly stratify?: (sample: Of) => string | number;
  /** Returns the group of a sample, such as a patient or a speaker. All samples of a group are in the same part. */
  readonly group?: (sample: Of) => string | number;
}

const aFunction = custom<(sample: AnySample) => string | number>(
  'a function',
  (x) => typeof x === 'function',
);

/** The checks of the options besides `validation`. */
export const splitChecks = {
  shuffle: optional(boolean, false),
  seed: optional(number, 0),
  stratify: optional(aFunction),
  group: optional(aFunction),
};

/** Samples that stay together: those of a group, or a single sample. */
interface Unit {
  readonly label: string | number | undefined;
  readonly indices: number[];
}

/**
 * Splits samples into training and validation data. Both parts keep the order of the samples. With groups, the sizes of the
 * parts are as close to the requested ones as whole groups allow.
 *
 * @throws OptionError if one of the two parts would be empty, and if the samples of a group have different labels; DataError
 *   if the samples are not an array, and for labels or groups that are neither strings nor numbers
 */
export function splitSamples<Of>(
  samples: readonly Of[],
  options: SplitOptions<Of>,
): { training: Of[]; validation: Of[] } {
  if (!Array.isArray(samples)) throw new DataError(`splitSamples takes an array, not ${show(samples)}`);
  const checked = checkOptions('splitSamples', options, { validation: number, ...splitChecks });
  const { validation: share, shuffle, seed } = checked;
  const { stratify, group } = options;
  const wanted = samples.length - Math.floor(samples.length * (1 - share));
  const units = unitsOf(samples, stratify, group);
  if (shuffle) seededRandom(seed, 'split').shuffle(units);

  const aside = new Set<number>();
  const byLabel = [...new Set(units.map(({ label }) => label))].map((label) =>
    units.filter((unit) => unit.label === label),
  );
  const quotas = apportion(byLabel.map(countOf), wanted);
  for (const [i, ofLabel] of byLabel.entries())
    for (const index of nearest(ofLabel, quotas[i])) aside.add(index);

  const validation = samples.filter((_, index) => aside.has(index));
  const training = samples.filter((_, index) => !aside.has(index));
  if (share > 0 && share < 1 && validation.length > 0 && training.length > 0) return { training, validation };
  const grouped = group ? ` in ${units.length} groups` : '';
  throw new OptionError(
    `validation split ${show(share)} of ${samples.length} samples${grouped} leaves a part empty`,
  );
}

function unitsOf<Of>(
  samples: readonly Of[],
  stratify: SplitOptions<Of>['stratify'],
  group: SplitOptions<Of>['group'],
): Unit[] {
  const keyOf = (what: string, of: ((sample: Of) => unknown) | undefined, index: number) => {
    const key = of?.(samples[index]);
    if (!of || typeof key === 'string' || typeof key === 'number') return key as string | number | undefined;
    throw new DataError(`sample ${index}: ${what} must return a string or a number, not ${show(key)}`);
  };
  const groups = new Map<string | number | undefined, Unit>();
  const units: Unit[] = [];
  for (let index = 0; index < samples.length; index++) {
    const label = keyOf('stratify', stratify, index);
    const key = keyOf('group', group, index);
    const known = group && groups.get(key);
    if (known && known.label !== label)
      throw new OptionError(
        `splitSamples: the group ${show(key)} has samples of ${show(known.label)} and of ${show(label)}, so it cannot be stratified`,
      );
    if (known) known.indices.push(index);
    else {
      const unit = { label, indices: [index] };
      units.push(unit);
      groups.set(key, unit);
    }
  }
  return units;
}

function countOf(units: readonly Unit[]): number {
  return units.reduce((sum, { indices }) => sum + indices.length, 0);
}

/** Divides `total` in proportion to `sizes` into integers, with the largest remainder method. */
function apportion(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (size * total) / all);
  const parts = exact.map(Math.floor);
  const order = [...sizes.keys()].sort((a, b) => exact[b] - parts[b] - (exact[a] - parts[a]));
  const left = total - parts.reduce((sum, part) => sum + part, 0);
  for (const i of order.slice(0, left)) parts[i] += 1;
  return parts;
}

/** The samples of the last units, with a number of samples as close to `wanted` as possible. */
function nearest(units: readonly Unit[], wanted: number): number[] {
  const taken: number[] = [];
  for (const { indices } of [...units].reverse()) {
    if (Math.abs(taken.length + indices.length - wanted) >= Math.abs(taken.length - wanted)) break;
    taken.push(...indices);
  }
  return taken;
}
