/* What the page asks of the network: the slots in requests kept back, and in the reader's own. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { splitWords } from '../../src/words.js';
import { type Tagging, tag, wordsOf } from './requests.js';
import type task from './task.js';

type Requests = DataOf<typeof task>;

export interface JudgedTagging extends Tagging {
  /** The tags that it should have. */
  readonly truth: readonly string[];
}

/** Every so many requests kept back one is shown: two of each of the seven kinds. */
const STRIDE = 50;

export async function picture(network: Network, data: Requests): Promise<readonly JudgedTagging[]> {
  const shown = data.test.filter((_, i) => i % STRIDE === 0);
  const taggings = await tag(network, data, shown.map(wordsOf));
  return taggings.map((tagging, i) => ({ ...tagging, truth: shown[i].tags }));
}

/** A request with its tags; nothing for one without words. */
export async function answer(
  network: Network,
  data: Requests,
  request: string,
): Promise<Tagging | undefined> {
  const words = splitWords(request);
  return words.length > 0 ? (await tag(network, data, [words]))[0] : undefined;
}
