/* Splits sentences into words, and numbers the words. */

/** The words of a sentence, which may contain apostrophes, and its punctuation marks, as separate tokens. */
export function splitWords(sentence: string): string[] {
  return sentence.match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** A vocabulary of words with their numbers. */
export interface Lexicon {
  /** One more than the number of words: 0 stands for unknown words. */
  readonly size: number;
  /** The number of each word, ignoring case; 0 for unknown words. */
  encode(words: readonly string[]): number[];
}

/** Numbers the words that occur at least `atLeast` times in `sentences`, ignoring case, from 1 in order of appearance. */
export function lexicon(sentences: readonly (readonly string[])[], atLeast: number): Lexicon {
  // Counted by spelling first, so that few words have to be put in lower case.
  const spellings = new Map<string, number>();
  for (const word of sentences.flat()) spellings.set(word, (spellings.get(word) ?? 0) + 1);
  const counts = new Map<string, number>();
  for (const [spelling, count] of spellings) {
    const word = lowerCase(spelling);
    counts.set(word, (counts.get(word) ?? 0) + count);
  }
  const known = [...counts].filter(([, count]) => count >= atLeast);
  const numbers = new Map(known.map(([word], i) => [word, i + 1]));
  const numberOf = (word: string) => numbers.get(lowerCase(word)) ?? 0;
  const numbersOfSpellings = new Map([...spellings.keys()].map((word) => [word, numberOf(word)]));
  return {
    size: known.length + 1,
    encode: (words) => words.map((word) => numbersOfSpellings.get(word) ?? numberOf(word)),
  };
}

export function lowerCase(word: string): string {
  return word.toLowerCase().replaceAll('’', "'");
}
