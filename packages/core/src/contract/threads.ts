import { type Check, custom } from '../options.js';

/** Accepts the number of threads of a backend: from 1 to `most`, or 'auto'. */
export function threadCount(most: number): Check<number | 'auto'> {
  return custom(
    `a whole number from 1 to ${most}, or 'auto'`,
    (value) =>
      value === 'auto' || (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most),
  );
}
