/* Values of options on the command line. */
import { InvalidArgumentError } from 'commander';

/** A whole number, 1 or more. */
export function count(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

/** A whole number, 0 or more. */
export function seed(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be a whole number, 0 or more.');
}

/** A seed, or `random` for one that is drawn now. */
export function seedOrRandom(text: string): number {
  return text === 'random' ? Math.floor(Math.random() * 2 ** 31) : seed(text);
}
