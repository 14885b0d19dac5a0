/*
 * Queries of the page to the network: its predictions for a held-out passage; and, of the network and a copy
 * with int8 weights, their continuations of the reader's text, and what the copy saves and costs.
 */
import type { Network } from '@recurra/core';
import type { Plays } from '../../src/plays.js';
import { probabilitiesOf } from '../../src/sampling.js';
import { type Comparison, measure } from './measuring.js';
import { type Predicted, predicted } from './predicted.js';
import { type Order, type Written, write } from './writing.js';

const PASSAGE = 320;

/** A held-out passage, character by character. */
export async function picture(
  network: Network,
  { ids, end, characters }: Plays,
): Promise<readonly Predicted[]> {
  // The held-out text begins with two line ends, which are skipped.
  const passage = ids.slice(end + 2, end + 2 + PASSAGE + 1);
  const [rows] = (await network.predict([passage.slice(0, -1)])) as number[][][];
  return rows.map((scores, i) =>
    predicted(probabilitiesOf(scores, 1), passage[i + 1], characters.characters),
  );
}

/** Quantises the network as it is now, and answers with both. */
export async function answer(
  network: Network,
  plays: Plays,
  question: Order | 'measure',
): Promise<Written | Comparison> {
  const int8 = await network.quantize();
  try {
    return question === 'measure'
      ? await measure(network, int8, plays)
      : await write(network, int8, plays, question);
  } finally {
    int8.dispose();
  }
}
