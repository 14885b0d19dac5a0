/* What the page asks of the network: how it says held-out words, and the reader's own. */
import type { DataOf } from '../../src/task.js';
import { type Entry, encode } from './dictionary.js';
import { attentionOf, type Saying, type Speaker, say } from './speaking.js';
import type task from './task.js';

type Dictionary = DataOf<typeof task>;

export interface JudgedWord extends Entry {
  readonly said: readonly string[];
}

/** A word, the best ways to say it, and where the network looks while it says one of them. */
export interface SpokenWord {
  readonly letters: readonly string[];
  readonly sayings: readonly Saying[];
  /** Of each of the sayings: for each phone, and then for the end, the weight of each letter. */
  readonly attention: readonly (readonly number[][])[];
}

const SHOWN = 14;

export async function picture(network: Speaker, { test, codes }: Dictionary): Promise<readonly JudgedWord[]> {
  const shown = test.slice(0, SHOWN);
  const words = shown.map(({ word }) => word);
  const sayings = await say(network, codes, words);
  return shown.map((entry, i) => ({ ...entry, said: sayings[i][0].phones }));
}

/** How the network says a word; undefined for one without letters. */
export async function answer(
  network: Speaker,
  { codes }: Dictionary,
  word: string,
): Promise<SpokenWord | undefined> {
  const letters = encode(word).map((id) => String.fromCharCode(97 + id));
  if (letters.length === 0) return undefined;
  const [sayings] = await say(network, codes, [word]);
  const attention: number[][][] = [];
  for (const { phones } of sayings) attention.push(await attentionOf(network, codes, word, phones));
  return { letters, sayings, attention };
}
