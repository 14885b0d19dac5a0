/*
 * Queries of the page to the two networks: the share of words that they tag correctly, and the words on which
 * the tag of a word depends.
 */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { splitWords } from '../../src/words.js';
import type { Networks } from '../../src/worker/tasks.js';
import { wordsOf } from '../tagging/requests.js';
import { percentRightByPosition } from './shares.js';
import { tag } from './tag.js';
import type task from './task.js';

type Requests = DataOf<typeof task>;

/** By network: the percentages of `percentRightByPosition`. */
export type Shares = Readonly<Record<string, readonly number[]>>;

export interface Question {
  readonly request: string;
  /** The index of the chosen word; the last word is used if there are fewer. */
  readonly word: number;
}

export interface Reading {
  readonly words: readonly string[];
  readonly word: number;
  /** By name. */
  readonly networks: Readonly<Record<string, Seen>>;
}

/** The word's most probable tag, as a network sees it. */
export interface Seen {
  readonly tag: string;
  readonly probability: number;
  /** How much the probability drops when each word is replaced by an unknown one; below 0 if it rises. */
  readonly falls: readonly number[];
}

/** While the reader watches, one in this many held-out requests is counted. */
const STRIDE = 4;

/** The number of all unknown words. */
const UNKNOWN = 0;

export async function picture(_: Network, data: Requests, networks: Networks): Promise<Shares> {
  const requests = data.test.filter((_, i) => i % STRIDE === 0);
  const shares: Record<string, readonly number[]> = {};
  for (const [name, network] of Object.entries(networks))
    shares[name] = percentRightByPosition(await tag(network, data, requests.map(wordsOf)), requests);
  return shares;
}

/** Undefined for a request without words. */
export async function answer(
  _: Network,
  data: Requests,
  { request, word }: Question,
  networks: Networks,
): Promise<Reading | undefined> {
  const words = splitWords(request);
  if (words.length === 0) return undefined;
  const index = Math.min(word, words.length - 1);
  const seen: Record<string, Seen> = {};
  for (const [name, network] of Object.entries(networks)) seen[name] = await see(network, data, words, index);
  return { words, word: index, networks: seen };
}

async function see(
  network: Network,
  { words: lexicon, tags }: Requests,
  words: readonly string[],
  word: number,
): Promise<Seen> {
  const ids = lexicon.encode(words);
  const hidden = ids.map((_, i) => ids.with(i, UNKNOWN));
  const outputs = (await network.predict([ids, ...hidden])) as number[][][];
  const [whole, ...without] = outputs.map((steps) => steps[word]);
  const probability = Math.max(...whole);
  const best = whole.indexOf(probability);
  return { tag: tags[best], probability, falls: without.map((row) => probability - row[best]) };
}
