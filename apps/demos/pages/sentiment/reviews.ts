/* The data: sentences of reviews, each positive or negative. */
import { random } from '@recurra/core';
import { lowerCase, splitWords } from '../../src/words.js';

export interface Review {
  readonly sentence: string;
  readonly words: readonly string[];
  readonly positive: boolean;
}

/**
 * The sentences of the file, in an order that is always the same one, a fifth of them kept back. A sentence that comes twice
 * counts once, so that none stands on both sides.
 *
 * @param text by line: label, source, sentence
 */
export function splitReviews(text: string): { known: readonly Review[]; test: readonly Review[] } {
  const reviews = new Map<string, Review>();
  for (const line of text.trim().split('\n')) {
    const [label, , sentence] = line.split('\t');
    const words = splitWords(sentence);
    reviews.set(words.map(lowerCase).join(' '), { sentence, words, positive: label === 'positive' });
  }
  const shuffled = random(1, 'reviews').shuffle([...reviews.values()]);
  const end = Math.floor(shuffled.length * 0.8);
  return { known: shuffled.slice(0, end), test: shuffled.slice(end) };
}

/** The words of a review. */
export function wordsOf({ words }: Review): readonly string[] {
  return words;
}
