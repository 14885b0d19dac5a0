/* What the page asks of the network: how well it predicts sessions kept back, and what follows the reader's clicks. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { type Product, ranks } from './sessions.js';
import type task from './task.js';

type Shop = DataOf<typeof task>;

/** A click, and as how likely it was foretold, 1 for the likeliest; of the first there is no rank. */
export interface Click {
  readonly product: Product;
  readonly rank: number | undefined;
}

export interface Guess {
  readonly product: Product;
  readonly probability: number;
}

/** What the reader has clicked, and the likeliest next ones. */
export interface Guesses {
  readonly clicks: readonly Product[];
  readonly guesses: readonly Guess[];
}

const SHOWN = 8;
const GUESSES = 8;

/** The first sessions kept back that have five to nine clicks. */
export async function picture(
  network: Network,
  { test, products }: Shop,
): Promise<readonly (readonly Click[])[]> {
  const shown = test.filter(({ length }) => length >= 5 && length <= 9).slice(0, SHOWN);
  const found = await ranks(network, shown);
  return shown.map((clicks, n) =>
    clicks.map((click, i) => ({ product: products[click], rank: i === 0 ? undefined : found[n][i - 1] })),
  );
}

/** @param asked numbers of products; those that there are not are left out */
export async function answer(
  network: Network,
  { products }: Shop,
  asked: readonly number[],
): Promise<Guesses | undefined> {
  const clicks = asked.filter((id) => id > 0 && id in products);
  if (clicks.length === 0) return undefined;
  const [steps] = (await network.predict([clicks])) as number[][][];
  const guesses = steps[steps.length - 1].map((probability, id) => ({ product: products[id], probability }));
  guesses.sort((a, b) => b.probability - a.probability);
  return {
    clicks: clicks.map((id) => products[id]),
    guesses: guesses.filter(({ product }) => product.id > 0).slice(0, GUESSES),
  };
}
