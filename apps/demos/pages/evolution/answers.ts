/* The networks' answers to sequences. */
import type { Network } from '@recurra/core';
import { type Puzzle, percentRight, type Steps } from '../why-lstm/problems.js';

/** The network's sum for each sequence. */
export async function sumsOf(network: Network, sequences: readonly Steps[]): Promise<number[]> {
  const outputs = (await network.predict(sequences)) as number[][];
  return outputs.map(([sum]) => sum);
}

/** The percentage of sums that are right within 0.1. */
export async function percentAdded(network: Network, puzzles: readonly Puzzle[]): Promise<number> {
  const sums = await sumsOf(
    network,
    puzzles.map(({ x }) => x),
  );
  return percentRight(
    'adding',
    puzzles,
    sums.map((sum) => [sum]),
  );
}
