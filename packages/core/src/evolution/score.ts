import { DataError } from '../errors.js';
import { show } from '../options.js';

/** Returns a score if it is a number. @throws DataError if it is none, or NaN */
export function checkScore(value: unknown, generation: number): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw new DataError(
    `evolve: a score in generation ${generation} is ${show(value)}, but must be a number. ` +
      'The network has the weights from before this generation',
  );
}
