/* Queries of the page to the network: what it understands of held-out requests, and of the reader's request. */
import type { DataOf } from '../../src/task.js';
import { splitWords } from '../../src/words.js';
import { wordsOf } from './requests.js';
import type task from './task.js';
import { percentRight, type TwoHeads, type Understood, understand } from './understanding.js';

type Requests = DataOf<typeof task>;

export interface JudgedRequest extends Understood {
  /** The correct tags and intent. */
  readonly truth: { readonly tags: readonly string[]; readonly intent: string };
}

export interface HeldOut {
  readonly requests: readonly JudgedRequest[];
  /** The percentage of all held-out requests whose intent is right: the network's, and that of naive Bayes. */
  readonly intents: { readonly network: number; readonly bayes: number };
}

/** One in this many held-out requests is shown: two of each of the seven kinds. */
const STRIDE = 50;

export async function picture(network: TwoHeads, data: Requests): Promise<HeldOut> {
  const understood = await understand(network, data, data.test.map(wordsOf));
  const judged = understood.map((request, i) => ({ ...request, truth: data.test[i] }));
  return {
    requests: judged.filter((_, i) => i % STRIDE === 0),
    intents: { network: percentRight(understood, data.test), bayes: data.intentsOfBayes },
  };
}

/** A request as the network understands it; undefined for a request without words. */
export async function answer(
  network: TwoHeads,
  data: Requests,
  request: string,
): Promise<Understood | undefined> {
  const words = splitWords(request);
  return words.length > 0 ? (await understand(network, data, [words]))[0] : undefined;
}
