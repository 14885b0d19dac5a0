/* The data: sentences of reviews with their classes. */
import { seededRandom } from '@recurra/core';
import { lowerCase, splitWords } from '../../src/words.js';

export interface Review {
  readonly sentence: string;
  readonly words: readonly string[];
  /** The index of its class in {@link classNames}. */
  readonly kind: number;
}

/** From the most negative to the most positive. */
export function classNames(count: number): readonly string[] {
  return count === 2 ? ['negative', 'positive'] : ['negative', 'neutral', 'positive'];
}

/**
 * The sentences of a file. A fixed fifth of them is held out. Repeated sentences count once, so that no
 * sentence is on both sides of the split. If the file names the review of each sentence, no review is on both
 * sides either.
 *
 * @param text by line: class, review, sentence; with two classes, the second column is the website, which is
 * not used
 * @param count of classes: 2 or 3
 */
export function splitReviews(
  text: string,
  count: number,
): { known: readonly Review[]; test: readonly Review[] } {
  const reviews = new Map<string, Review & { readonly source: string }>();
  for (const line of text.trim().split('\n')) {
    const [name, review, sentence] = line.split('\t');
    const words = splitWords(sentence);
    const key = words.map(lowerCase).join(' ');
    const kind = classNames(count).indexOf(name);
    reviews.set(key, { sentence, words, kind, source: count === 2 ? key : review });
  }
  const groups = new Map<string, Review[]>();
  for (const { source, ...review } of reviews.values())
    groups.set(source, [...(groups.get(source) ?? []), review]);
  const shuffled = seededRandom(1, 'reviews').shuffle([...groups.values()]);
  const end = Math.floor(shuffled.length * 0.8);
  return { known: shuffled.slice(0, end).flat(), test: shuffled.slice(end).flat() };
}

/** The words of a review. */
export function wordsOf({ words }: Review): readonly string[] {
  return words;
}
