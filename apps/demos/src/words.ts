/* Sentences as words, and words as numbers. */

/** The words of a sentence, which may have apostrophes inside, and its punctuation marks, each by itself. */
export function splitWords(sentence: string): string[] {
  return sentence.match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** Words, numbered. */
export interface Lexicon {
  /** How many numbers there are: one more than words. */
  readonly size: number;
  /** The number of each word, whatever its case; 0 for every word that has no number of its own. */
  encode(words: readonly string[]): number[];
}

/** Numbers the words that `sentences` have `atLeast` so many times, whatever their case, from 1 in the order in which they come. */
export function lexicon(sentences: readonly (readonly string[])[], atLeast: number): Lexicon {
  const counts = new Map<string, number>();
  for (const word of sentences.flat().map(lowerCase)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const known = [...counts].filter(([, count]) => count >= atLeast);
  const numbers = new Map(known.map(([word], i) => [word, i + 1]));
  return {
    size: known.length + 1,
    encode: (words) => words.map((word) => numbers.get(lowerCase(word)) ?? 0),
  };
}

export function lowerCase(word: string): string {
  return word.toLowerCase().replaceAll('’', "'");
}
