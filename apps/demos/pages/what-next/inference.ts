/*
 * Queries of the page to the network: its predictions for held-out sessions, and for the reader's next click.
 */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { type Product, ranks } from './sessions.js';
import type task from './task.js';

type Shop = DataOf<typeof task>;

/** A click, and its rank among the network's guesses, 1 for the likeliest; the first click has none. */
export interface Click {
  readonly product: Product;
  readonly rank: number | undefined;
}

export interface Guess {
  readonly product: Product;
  readonly probability: number;
}

/** The reader's clicks, and the probability that each product is next. */
export interface Guesses {
  readonly clicks: readonly Product[];
  /** Of all products, in the order of their numbers. */
  readonly guesses: readonly Guess[];
}

const SHOWN = 8;

/** The first held-out sessions of five to nine clicks. */
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

/** @param ids numbers of products; numbers without a product are left out */
export async function answer(
  network: Network,
  { products }: Shop,
  ids: readonly number[],
): Promise<Guesses | undefined> {
  const clicks = ids.filter((id) => id > 0 && id in products);
  if (clicks.length === 0) return undefined;
  const [steps] = (await network.predict([clicks])) as number[][][];
  const guesses = steps[steps.length - 1].map((probability, id) => ({ product: products[id], probability }));
  return { clicks: clicks.map((id) => products[id]), guesses: guesses.slice(1) };
}
