/* Queries of the page to the network: the classes of sentences, and the effect of each word. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { splitWords } from '../../src/words.js';
import { scoresOf } from './naive-bayes.js';
import type { Review } from './reviews.js';
import type task from './task.js';

type Reviews = DataOf<typeof task>;

export interface Reading {
  /** The logarithm of the probability of each class. */
  readonly logProbabilities: readonly number[];
  /** For each word, its part of the log-odds of “positive” against “negative”. */
  readonly effects: readonly number[];
}

export interface ReadSentence {
  readonly sentence: string;
  /** In the order of the sentence. */
  readonly words: readonly string[];
  readonly network: Reading;
  readonly bayes: Reading;
}

export interface ReadReview extends ReadSentence {
  /** Its class in the data. */
  readonly kind: number;
}

const SHOWN = 12;

/** The first held-out sentences that have between 6 and 16 words. */
export async function picture(network: Network, data: Reviews): Promise<readonly ReadReview[]> {
  const shown = data.reviews.filter(({ words }) => words.length >= 6 && words.length <= 16).slice(0, SHOWN);
  const readings = await read(network, data, shown);
  return readings.map((reading, i) => ({ ...reading, kind: shown[i].kind }));
}

/** The prediction for a sentence; undefined for one without words. */
export async function answer(
  network: Network,
  data: Reviews,
  sentence: string,
): Promise<ReadSentence | undefined> {
  const words = splitWords(sentence);
  return words.length > 0 ? (await read(network, data, [{ sentence, words }]))[0] : undefined;
}

/**
 * The effect of a word is the drop of the log-odds of “positive” against “negative” when it is replaced by a
 * word that the network does not know (occlusion; Zeiler and Fergus 2014).
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
  // The log-odds of the second of two classes are its score if the score of the first is 0.
  const outputs = ((await network.predict(rows)) as number[][]).map((row) =>
    row.length === 1 ? [0, ...row] : row,
  );
  let end = 0;
  return sentences.map(({ sentence, words }) => {
    const [scores, ...without] = outputs.slice(end, end + 1 + words.length);
    end += 1 + words.length;
    return {
      sentence,
      words,
      network: {
        logProbabilities: normalised(scores),
        effects: without.map((other) => logOdds(scores) - logOdds(other)),
      },
      bayes: {
        logProbabilities: normalised(scoresOf(bayes, words)),
        effects: words.map((word) => logOdds(bayes.evidence(word) ?? [0])),
      },
    };
  });
}

/** The log-odds of the last class, positive, against the first, negative. */
function logOdds(scores: readonly number[]): number {
  return scores[scores.length - 1] - scores[0];
}

/** Log-softmax. */
function normalised(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const total = most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0));
  return scores.map((score) => score - total);
}
