/*
 * Queries of the page to the network: the classes of held-out sequences, and the letters of the reader's
 * sequence that decide.
 */
import type { Network } from '@recurra/core';
import { BASES, encoded } from './bases.js';
import type { Junctions } from './sequences.js';

/** A held-out sequence. */
export interface Classified {
  readonly letters: string;
  /** The index of its class. */
  readonly kind: number;
  /** The index of the class that the network predicts. */
  readonly predicted: number;
}

export interface Decision {
  /** Of each class. */
  readonly probabilities: readonly number[];
  /**
   * For each position, how much the probability of the predicted class drops, on average over the three other letters there.
   * Below 0 if it rises.
   */
  readonly weights: readonly number[];
}

/** Sequences of each class that are shown. */
const SHOWN = 4;

export async function picture(network: Network, { test }: Junctions): Promise<readonly Classified[]> {
  const shown = [0, 1, 2].flatMap((kind) =>
    test.filter((sequence) => sequence.kind === kind).slice(0, SHOWN),
  );
  const rows = (await network.predict(shown.map(({ letters }) => encoded(letters)))) as number[][];
  return shown.map((sequence, i) => ({ ...sequence, predicted: rows[i].indexOf(Math.max(...rows[i])) }));
}

/** @param letters 60, as the network reads */
export async function answer(network: Network, _: Junctions, letters: string): Promise<Decision> {
  const others = [...letters].map((letter) => BASES.filter((base) => base !== letter));
  const changed = others.flatMap((bases, i) =>
    bases.map((base) => encoded(letters.slice(0, i) + base + letters.slice(i + 1))),
  );
  const [probabilities, ...rest] = (await network.predict([encoded(letters), ...changed])) as number[][];
  const chosen = probabilities.indexOf(Math.max(...probabilities));
  let at = 0;
  const weights = others.map((bases) => {
    const those = rest.slice(at, at + bases.length);
    at += bases.length;
    return probabilities[chosen] - those.reduce((sum, row) => sum + row[chosen], 0) / bases.length;
  });
  return { probabilities, weights };
}
