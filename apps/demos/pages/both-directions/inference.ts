/* What the page asks of the two networks: how many words they tag right, and which words the tag of a word depends on. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { splitWords } from '../../src/words.js';
import type { Networks } from '../../src/worker/tasks.js';
import { tag, wordsOf } from '../tagging/requests.js';
import { percentRightByPlace } from './shares.js';
import type task from './task.js';

type Requests = DataOf<typeof task>;

/** By network: the percentages of `percentRightByPlace`. */
export type Shares = Readonly<Record<string, readonly number[]>>;

export interface Question {
  readonly request: string;
  /** The index of the word that is asked about; of the last, if there are fewer. */
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
  /** By how much the probability falls, or rises if below 0, when each word is replaced with an unknown one. */
  readonly falls: readonly number[];
}

/** One in so many held-out requests is counted while the reader watches. */
const STRIDE = 4;

/** The number that stands for every unknown word. */
const UNKNOWN = 0;

export async function picture(_: Network, data: Requests, networks: Networks): Promise<Shares> {
  const asked = data.test.filter((_, i) => i % STRIDE === 0);
  const shares: Record<string, readonly number[]> = {};
  for (const [name, network] of Object.entries(networks))
    shares[name] = percentRightByPlace(await tag(network, data, asked.map(wordsOf)), asked);
  return shares;
}

/** Nothing for a request without words. */
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
