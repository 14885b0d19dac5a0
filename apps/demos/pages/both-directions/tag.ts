import type { Network } from '@recurra/core';
import type { Lexicon } from '../../src/words.js';
import { type Tagging, taggingsOf } from '../tagging/requests.js';

/** Gives each word its most probable tag. */
export async function tag(
  network: Network,
  { words: lexicon, tags }: { readonly words: Lexicon; readonly tags: readonly string[] },
  sentences: readonly (readonly string[])[],
): Promise<Tagging[]> {
  const outputs = (await network.predict(sentences.map((words) => lexicon.encode(words)))) as number[][][];
  return taggingsOf(outputs, tags, sentences);
}
