import { lowerCase } from '../../src/words.js';
import type { Review } from './reviews.js';

/** A classifier that counts words, as if each came independently of the others. */
export interface NaiveBayes {
  /** The log-odds of “positive” before any word is read. */
  readonly prior: number;
  /** What each word adds to them; 0 for one that was never seen. */
  effects(words: readonly string[]): number[];
}

/** Counts the words of the positive and of the negative reviews, whatever their case, with add-one smoothing. */
export function naiveBayes(reviews: readonly Pick<Review, 'words' | 'positive'>[]): NaiveBayes {
  const counts = new Map<string, [negative: number, positive: number]>();
  const totals = [0, 0];
  for (const { words, positive } of reviews) {
    for (const word of words.map(lowerCase)) {
      const count = counts.get(word) ?? [0, 0];
      count[Number(positive)]++;
      totals[Number(positive)]++;
      counts.set(word, count);
    }
  }
  const count = reviews.filter(({ positive }) => positive).length;
  const [negative, positive] = totals.map((total) => total + counts.size);
  return {
    prior: Math.log(count / (reviews.length - count)),
    effects: (words) =>
      words.map((word) => {
        const seen = counts.get(lowerCase(word));
        return seen ? Math.log((seen[1] + 1) / positive) - Math.log((seen[0] + 1) / negative) : 0;
      }),
  };
}

/** The log-odds of “positive”. */
export function logOddsOf({ prior, effects }: NaiveBayes, words: readonly string[]): number {
  return effects(words).reduce((sum, effect) => sum + effect, prior);
}
