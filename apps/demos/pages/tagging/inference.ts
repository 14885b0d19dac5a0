/* Queries of the page to the network: the slots in held-out requests, and in the reader's request. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { splitWords } from '../../src/words.js';
import { type Tagging, tag, wordsOf } from './requests.js';
import type task from './task.js';

type Requests = DataOf<typeof task>;

export interface JudgedTagging extends Tagging {
  /** The correct tags. */
  readonly truth: readonly string[];
}

/** One in this many held-out requests is shown: two of each of the seven kinds. */
const STRIDE = 50;

export async function picture(network: Network, data: Requests): Promise<readonly JudgedTagging[]> {
  const shown = data.test.filter((_, i) => i % STRIDE === 0);
  const taggings = await tag(network, data, shown.map(wordsOf));
  return taggings.map((tagging, i) => ({ ...tagging, truth: shown[i].tags }));
}

/** A request with its tags; undefined for a request without words. */
export async function answer(
  network: Network,
  data: Requests,
  request: string,
): Promise<Tagging | undefined> {
  const words = splitWords(request);
  return words.length > 0 ? (await tag(network, data, [words]))[0] : undefined;
}
