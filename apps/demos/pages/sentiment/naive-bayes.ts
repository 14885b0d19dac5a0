import { lowerCase } from '../../src/words.js';
import type { Review } from './reviews.js';

/** A classifier that counts words, as if they occurred independently of each other. */
export interface NaiveBayes {
  /** The logarithm of each class's share of the reviews. */
  readonly prior: readonly number[];
  /** The amount that a word adds to the score of each class; undefined for a word that was never seen. */
  evidence(word: string): readonly number[] | undefined;
}

/** Counts the words of the reviews of each class, ignoring case, with add-one smoothing. */
export function naiveBayes(reviews: readonly Pick<Review, 'words' | 'kind'>[], classes: number): NaiveBayes {
  const none = () => new Array<number>(classes).fill(0);
  const counts = new Map<string, number[]>();
  const totals = none();
  const sizes = none();
  for (const { words, kind } of reviews) {
    sizes[kind]++;
    for (const word of words.map(lowerCase)) {
      const count = counts.get(word) ?? none();
      count[kind]++;
      totals[kind]++;
      counts.set(word, count);
    }
  }
  return {
    prior: sizes.map((size) => Math.log(size / reviews.length)),
    evidence: (word) =>
      counts.get(lowerCase(word))?.map((count, kind) => Math.log((count + 1) / (totals[kind] + counts.size))),
  };
}

/**
 * The score of each class. The largest is the prediction, and the softmax of the scores gives the
 * probabilities.
 */
export function scoresOf({ prior, evidence }: NaiveBayes, words: readonly string[]): number[] {
  return words.reduce<number[]>(
    (scores, word) => {
      const added = evidence(word);
      return added ? scores.map((score, kind) => score + added[kind]) : scores;
    },
    [...prior],
  );
}

/** The share of the reviews that it classifies correctly. */
export function shareRight(bayes: NaiveBayes, reviews: readonly Pick<Review, 'words' | 'kind'>[]): number {
  const right = reviews.filter(({ words, kind }) => {
    const scores = scoresOf(bayes, words);
    return scores.indexOf(Math.max(...scores)) === kind;
  });
  return right.length / reviews.length;
}
