/*
 * Queries of the page to the network: the dates that it writes for held-out phrases and for the reader's
 * phrase.
 */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import type { Phrase } from './phrases.js';
import type task from './task.js';
import { encode, parsed, type Stroke, write } from './writing.js';

export interface WrittenDate {
  readonly strokes: readonly Stroke[];
  /** The date that JavaScript's own `Date` reads; undefined if it cannot. */
  readonly parsed: string | undefined;
}

export interface JudgedDate extends WrittenDate, Phrase {}

const SHOWN = 14;

export async function picture(
  network: Network,
  { test }: DataOf<typeof task>,
): Promise<readonly JudgedDate[]> {
  const shown = test.slice(0, SHOWN);
  const dates = await write(
    network,
    shown.map(({ words }) => words),
  );
  return shown.map((phrase, i) => ({ ...phrase, strokes: dates[i], parsed: parsed(phrase.words) }));
}

/** The date for a phrase; undefined if the network cannot read any of its characters. */
export async function answer(
  network: Network,
  _: DataOf<typeof task>,
  words: string,
): Promise<WrittenDate | undefined> {
  if (encode(words).length === 0) return undefined;
  const [strokes] = await write(network, [words]);
  return { strokes, parsed: parsed(words) };
}
