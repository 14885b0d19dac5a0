/* The reader's sequence in the URL: hundredths, with an m after those that are marked, as in 12-90m-7. */
import type { Steps } from '../why-lstm/problems.js';

/** The sequence in a text; undefined if there is none of `steps` numbers from 0 to 1. */
export function sequenceIn(text: string, steps: number): Steps | undefined {
  const words = text.split('-');
  if (words.length !== steps) return undefined;
  if (!words.every((word) => /^\d{1,3}m?$/.test(word) && Number.parseInt(word, 10) <= 100)) return undefined;
  return words.map((word) => [Number.parseInt(word, 10) / 100, word.endsWith('m') ? 1 : 0]);
}

export function textOf(x: Steps): string {
  return x.map(([value, marked]) => `${Math.round(100 * value)}${marked ? 'm' : ''}`).join('-');
}
