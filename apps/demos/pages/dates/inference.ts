/* Queries of the page to the network: the dates that it writes for held-out phrases and for the reader's phrase. */
import type { DataOf } from '../../src/task.js';
import { parsed } from './parsed.js';
import type { Phrase } from './phrases.js';
import type task from './task.js';
import { attentionOf, readable, type Writer, type WrittenDate, write } from './writing.js';

export interface JudgedDate extends Phrase {
  /** The date that the network writes. */
  readonly written: string;
  /** The date that JavaScript's own `Date` reads; undefined if it cannot. */
  readonly parsed: string | undefined;
}

/** The reader's phrase. */
export interface ReadPhrase {
  /** The characters that the network reads. */
  readonly characters: readonly string[];
  /** The most probable dates, best first. */
  readonly dates: readonly WrittenDate[];
  /** For each of the dates, where the network looks: for each of its characters, the weight of each one of the phrase. */
  readonly attention: readonly (readonly (readonly number[])[])[];
  readonly parsed: string | undefined;
}

const SHOWN = 14;

export async function picture(
  network: Writer,
  { test }: DataOf<typeof task>,
): Promise<readonly JudgedDate[]> {
  const shown = test.slice(0, SHOWN);
  const dates = await write(
    network,
    shown.map(({ words }) => words),
  );
  return shown.map((phrase, i) => ({ ...phrase, written: dates[i][0].date, parsed: parsed(phrase.words) }));
}

/** The dates for a phrase; undefined if the network cannot read any of its characters. */
export async function answer(
  network: Writer,
  _: DataOf<typeof task>,
  words: string,
): Promise<ReadPhrase | undefined> {
  const characters = readable(words);
  if (characters.length === 0) return undefined;
  const [dates] = await write(network, [words]);
  const attention: number[][][] = [];
  for (const { date } of dates) attention.push(await attentionOf(network, words, date));
  return { characters, dates, attention, parsed: parsed(words) };
}
