/* The baseline: JavaScript's own `Date`. */
import type { Baseline } from '../../src/task.js';
import type { Phrase } from './phrases.js';

/** The date that JavaScript's own `Date` reads from a phrase; undefined if it cannot. */
export function parsed(words: string): string | undefined {
  const date = new Date(words);
  if (Number.isNaN(date.getTime())) return undefined;
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The percentage of phrases that `Date` reads correctly. */
export function readByDate(phrases: readonly Phrase[]): Baseline {
  const right = phrases.filter(({ words, iso }) => parsed(words) === iso);
  return { name: 'JavaScript’s own Date', score: (100 * right.length) / phrases.length };
}
