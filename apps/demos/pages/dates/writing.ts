/* Phrase and ISO date in one sequence. The network reads the phrase, then writes the date character by character. */
import type { Network, Sample } from '@recurra/core';
import type { Phrase } from './phrases.js';

/** The characters that are read: 0 is the end of the phrase; the written characters are read as well. */
const READ = "\nabcdefghijklmnopqrstuvwxyz0123456789-,.' ";
export const WRITTEN = '0123456789-';
export const READABLE = READ.length;
const LENGTH = 'YYYY-MM-DD'.length;

/** The number of each character, ignoring case; characters that the network does not read are left out. */
export function encode(text: string): number[] {
  return [...text.toLowerCase().replaceAll('’', "'")]
    .map((character) => READ.indexOf(character))
    .filter((id) => id >= 0);
}

/** x is the phrase, its end, and the date without its last character. y is the date; only its characters have a weight. */
export function sampleOf({ words, iso }: Phrase): Sample {
  const phrase = encode(words);
  const reading = new Array<number>(phrase.length).fill(0);
  return {
    x: [...phrase, 0, ...encode(iso.slice(0, -1))],
    y: [...reading, ...[...iso].map((character) => WRITTEN.indexOf(character))],
    weight: [...reading, ...new Array<number>(LENGTH).fill(1)],
  };
}

/** A character and its probability. */
export type Stroke = readonly [character: string, probability: number];

/** The dates that the network writes after each phrase; it always takes the most probable character. */
export async function write(network: Network, texts: readonly string[]): Promise<Stroke[][]> {
  const rows = texts.map((text) => [...encode(text), 0]);
  const written = texts.map((): Stroke[] => []);
  for (let i = 0; i < LENGTH; i++) {
    const outputs = (await network.predict(rows)) as number[][][];
    for (const [n, steps] of outputs.entries()) {
      const probabilities = steps[steps.length - 1];
      const probability = Math.max(...probabilities);
      const character = WRITTEN[probabilities.indexOf(probability)];
      written[n].push([character, probability]);
      rows[n].push(...encode(character));
    }
  }
  return written;
}

/**
 * The share of phrases whose date is written without a mistake. The network predicts each character from the
 * correct ones before it. If all predictions are right, it also writes this date by itself.
 */
export async function exactly(network: Network, phrases: readonly Phrase[]): Promise<number> {
  const outputs = (await network.predict(
    phrases.map((phrase) => sampleOf(phrase).x as number[]),
  )) as number[][][];
  const right = outputs.filter((steps, n) => {
    const characters = steps.slice(-LENGTH).map((row) => WRITTEN[row.indexOf(Math.max(...row))]);
    return characters.join('') === phrases[n].iso;
  });
  return right.length / phrases.length;
}

/** The date that JavaScript's own `Date` reads from a phrase; undefined if it cannot. */
export function parsed(words: string): string | undefined {
  const date = new Date(words);
  if (Number.isNaN(date.getTime())) return undefined;
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
