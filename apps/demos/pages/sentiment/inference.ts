/* What the page asks of the network: how it reads sentences, and what each of their words has to do with it. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { splitWords } from '../../src/words.js';
import { logOddsOf } from './naive-bayes.js';
import type { Review } from './reviews.js';
import type task from './task.js';

type Reviews = DataOf<typeof task>;

export interface Reading {
  /** That the sentence is positive. */
  readonly logOdds: number;
  /** By word: how much of them is due to it. */
  readonly effects: readonly number[];
}

export interface ReadSentence {
  readonly sentence: string;
  /** As they come in the sentence. */
  readonly words: readonly string[];
  readonly network: Reading;
  readonly bayes: Reading;
}

export interface ReadReview extends ReadSentence {
  /** What its author meant. */
  readonly positive: boolean;
}

const SHOWN = 12;

/** The first of the sentences kept back that have between 6 and 16 words. */
export async function picture(network: Network, data: Reviews): Promise<readonly ReadReview[]> {
  const shown = data.reviews.filter(({ words }) => words.length >= 6 && words.length <= 16).slice(0, SHOWN);
  const readings = await read(network, data, shown);
  return readings.map((reading, i) => ({ ...reading, positive: shown[i].positive }));
}

/** How a sentence is read; nothing for one without words. */
export async function answer(
  network: Network,
  data: Reviews,
  sentence: string,
): Promise<ReadSentence | undefined> {
  const words = splitWords(sentence);
  return words.length > 0 ? (await read(network, data, [{ sentence, words }]))[0] : undefined;
}

/**
 * The effect of a word on the network is by how much the log-odds fall once it is replaced by a word that the network does
 * not know (occlusion; Zeiler and Fergus 2014).
 */
async function read(
  network: Network,
  { words: lexicon, bayes }: Reviews,
  sentences: readonly Pick<Review, 'sentence' | 'words'>[],
): Promise<ReadSentence[]> {
  const rows = sentences.flatMap(({ words }) => {
    const ids = lexicon.encode(words);
    return [ids, ...ids.map((_, i) => ids.with(i, 0))];
  });
  const outputs = ((await network.predict(rows)) as number[][]).map(([logOdds]) => logOdds);
  let end = 0;
  return sentences.map(({ sentence, words }) => {
    const [logOdds, ...without] = outputs.slice(end, end + 1 + words.length);
    end += 1 + words.length;
    return {
      sentence,
      words,
      network: { logOdds, effects: without.map((other) => logOdds - other) },
      bayes: { logOdds: logOddsOf(bayes, words), effects: bayes.effects(words) },
    };
  });
}
