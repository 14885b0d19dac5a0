import { lowerCase } from '../../src/words.js';
import type { Review } from './reviews.js';

/** A classifier that counts words, as if each came independently of the others. */
export interface NaiveBayes {
  /** The logarithm of each class's share of the reviews. */
  readonly prior: readonly number[];
  /** What a word adds to the score of each class; nothing for one that was never seen. */
  evidence(word: string): readonly number[] | undefined;
}

/** Counts the words of the reviews of each class, whatever their case, with add-one smoothing. */
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

/** The score of each class: the largest is the answer, and the softmax of them the probabilities. */
export function scoresOf({ prior, evidence }: NaiveBayes, words: readonly string[]): number[] {
  return words.reduce<number[]>(
    (scores, word) => {
      const added = evidence(word);
      return added ? scores.map((score, kind) => score + added[kind]) : scores;
    },
    [...prior],
  );
}

/** The share of the reviews that it reads right. */
export function shareRight(bayes: NaiveBayes, reviews: readonly Pick<Review, 'words' | 'kind'>[]): number {
  const right = reviews.filter(({ words, kind }) => {
    const scores = scoresOf(bayes, words);
    return scores.indexOf(Math.max(...scores)) === kind;
  });
  return right.length / reviews.length;
}
