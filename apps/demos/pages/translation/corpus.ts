/* The data: English sentences with their French translations, and the words of both. */
import { textOf } from '../../src/files.js';
import { lowerCase, splitWords } from '../../src/words.js';

export interface Pair {
  readonly english: readonly string[];
  readonly french: readonly string[];
}

/** A sentence, and every translation of it in the data. */
export interface Tested {
  readonly english: readonly string[];
  readonly french: readonly (readonly string[])[];
}

/** Words with their numbers; 0 is every word that is not known. */
export interface Words {
  readonly list: readonly string[];
  encode(words: readonly string[]): number[];
}

export interface Corpus {
  readonly known: readonly Pair[];
  readonly test: readonly Tested[];
  readonly english: Words;
  readonly french: Words;
  /** Tokens before and after a French sentence. */
  readonly start: number;
  readonly end: number;
}

/** Words and punctuation marks in lower case. */
export function splitEnglish(sentence: string): string[] {
  return splitWords(sentence).map(lowerCase);
}

/** The same; a word that ends with an apostrophe is one of its own: “j’ ai”. */
function splitFrench(sentence: string): string[] {
  const words = lowerCase(sentence).match(/[\p{L}\p{N}]+'?|[^\s\p{L}\p{N}]/gu);
  return words ?? [];
}

/** French words as a sentence. */
export function joinFrench(words: readonly string[]): string {
  const text = words
    .join(' ')
    .replace(/' /g, '’')
    .replace(/ ?- ?/g, '-')
    .replace(/ ([.,…])/g, '$1');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What the file holds, by line: split, English, French; and the samples for training. */
export async function corpusOf(file: Uint8Array) {
  const lines = (await textOf(file)).trim().split('\n');
  const known: Pair[] = [];
  const tested = new Map<string, string[][]>();
  for (const line of lines) {
    const [split, english, french] = line.split('\t');
    if (split === 'train') known.push({ english: splitEnglish(english), french: splitFrench(french) });
    if (split === 'test') tested.set(english, [...(tested.get(english) ?? []), splitFrench(french)]);
  }
  const test = [...tested].map(([english, french]) => ({ english: splitEnglish(english), french }));
  const english = wordsOf(known.map((pair) => pair.english));
  const french = wordsOf(known.map((pair) => pair.french));
  const [start, end] = [french.list.length, french.list.length + 1];
  const corpus: Corpus = { known, test, english, french, start, end };
  return { training: known.map((pair) => sampleOf(pair, corpus)), ...corpus };
}

/** x is the sentence with the right words before each that is to be written, y is that word; the last is the end. */
function sampleOf(pair: Pair, { english, french, start, end }: Corpus) {
  const right = french.encode(pair.french);
  return {
    x: { english: english.encode(pair.english), french: [start, ...right] },
    y: { next: [...right, end] },
  };
}

/** Numbers the words that occur at least twice. */
function wordsOf(sentences: readonly (readonly string[])[]): Words {
  const counts = new Map<string, number>();
  for (const word of sentences.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const list = ['…', ...[...counts].filter(([, count]) => count > 1).map(([word]) => word)];
  const ids = new Map(list.map((word, id) => [word, id]));
  return { list, encode: (words) => words.map((word) => ids.get(word) ?? 0) };
}
