/* What the page asks of the network: what it takes sequences kept back for, and which letters of the reader's decide. */
import type { Network } from '@recurra/core';
import { BASES, encoded } from './bases.js';
import type { Junctions } from './sequences.js';

/** A sequence kept back. */
export interface Told {
  readonly letters: string;
  /** The indices of its class, and of the one that the network takes it for. */
  readonly kind: number;
  readonly told: number;
}

export interface Decision {
  /** Of each class. */
  readonly probabilities: readonly number[];
  /**
   * By position: how much less probable the chosen class is, on average, with each of the other three letters there. Less
   * than 0 where another letter would speak more for it.
   */
  readonly weights: readonly number[];
}

/** So many of each class are shown. */
const SHOWN = 4;

export async function picture(network: Network, { test }: Junctions): Promise<readonly Told[]> {
  const shown = [0, 1, 2].flatMap((kind) =>
    test.filter((sequence) => sequence.kind === kind).slice(0, SHOWN),
  );
  const rows = (await network.predict(shown.map(({ letters }) => encoded(letters)))) as number[][];
  return shown.map((sequence, i) => ({ ...sequence, told: rows[i].indexOf(Math.max(...rows[i])) }));
}

/** @param letters as many as the network reads */
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
