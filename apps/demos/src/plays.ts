/* Shakespeare's plays as characters, and the score of a network that predicts them. Two pages use both. */
import { type Sample, textWindows, type Vocabulary, vocabulary } from '@recurra/core';
import { textOf } from './files.js';
import { bitsOfNgrams } from './n-grams.js';
import type { Task } from './task.js';

export interface Plays {
  readonly characters: Vocabulary;
  /** All the text, by character. */
  readonly ids: readonly number[];
  /** The first id that is held out for the score. */
  readonly end: number;
  /** Windows of 64 characters from before `end`. */
  readonly training: readonly Sample[];
}

export const file = new URL('../data/text-shakespeare/tinyshakespeare.txt.gz', import.meta.url);

export const loss = { kind: 'crossEntropy', fromLogits: true } as const;

/** Characters in a stretch of the text that is measured at once. */
const STRETCH = 400;
/** While the reader watches, one stretch in this many characters is measured: 21 of 278. */
const QUICK_STRIDE = 5500;

/** The last tenth of the plays is held out for the score. */
export async function playsOf(bytes: Uint8Array): Promise<Plays> {
  const text = await textOf(bytes);
  const characters = vocabulary(text);
  const ids = characters.encode(text);
  const end = Math.floor(ids.length * 0.9);
  return { characters, ids, end, training: textWindows(ids.slice(0, end), { length: 64 }) };
}

/** Bits per character on the held-out text. */
export const score: Task<Task['settings'], 'chain', Plays>['score'] = {
  label: 'bits per character, on held-out text',
  unit: 'bits',
  better: 'lower',
  decimals: 2,
  async measure(network, { ids, end }, quick) {
    const test = textWindows(ids.slice(end), { length: STRETCH, stride: quick ? QUICK_STRIDE : STRETCH });
    return (await network.evaluate(test, { loss, batchSize: 20 })).loss / Math.LN2;
  },
};

/** Bits per character of an n-gram model, on the same text as {@link score}. */
export function ngramBits(order: number, { ids, end, characters: { size } }: Plays, quick: boolean): number {
  const measures = (index: number) => !quick || (index > end && (index - end - 1) % QUICK_STRIDE < STRETCH);
  return bitsOfNgrams(ids, { order, size, end, measures });
}

/** The readable part of a reader's text, and the distinct characters that do not occur in the plays. */
export function readable(written: string, { characters }: Plays): { text: string[]; unknown: string } {
  const known = new Set(characters.characters);
  const text = [...written].filter((character) => known.has(character));
  const unknown = [...new Set(written)].filter((character) => !known.has(character)).join('');
  // An empty text cannot be read, so it becomes a line end, which precedes a play's first line.
  return { text: text.length > 0 ? text : ['\n'], unknown };
}
