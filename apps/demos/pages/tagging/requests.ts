/* The data: requests to a voice assistant, with the slots that their words fill. */
import type { Network } from '@recurra/core';
import type { Lexicon } from '../../src/words.js';

export interface TaggedRequest {
  readonly words: readonly string[];
  /** BIO, by word. */
  readonly tags: readonly string[];
}

/** The requests of the file, by line: split, intent, words, tags. */
export function requestsOf(text: string): { known: TaggedRequest[]; test: TaggedRequest[] } {
  const known: TaggedRequest[] = [];
  const test: TaggedRequest[] = [];
  for (const line of text.trim().split('\n')) {
    const [split, , words, tags] = line.split('\t');
    (split === 'train' ? known : test).push({ words: words.split(' '), tags: tags.split(' ') });
  }
  return { known, test };
}

/** Maps words to numbers, and numbers to tags. */
export interface Coding {
  readonly words: Lexicon;
  readonly tags: readonly string[];
}

/** A request as a network tags it. */
export interface Tagging extends TaggedRequest {
  /** For each word, the probability of its tag. */
  readonly probabilities: readonly number[];
}

export function wordsOf({ words }: TaggedRequest): readonly string[] {
  return words;
}

/** Gives each word its most probable tag. */
export async function tag(
  network: Network,
  { words: lexicon, tags }: Coding,
  sentences: readonly (readonly string[])[],
): Promise<Tagging[]> {
  const outputs = (await network.predict(sentences.map((words) => lexicon.encode(words)))) as number[][][];
  return outputs.map((steps, n) => {
    const probabilities = steps.map((row) => Math.max(...row));
    return {
      words: sentences[n],
      tags: steps.map((row, i) => tags[row.indexOf(probabilities[i])]),
      probabilities,
    };
  });
}
