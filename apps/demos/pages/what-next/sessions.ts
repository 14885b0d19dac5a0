/* The data: what visitors of a shop looked at, one product after another. */
import type { Network } from '@recurra/core';

export interface Product {
  /** 1 to 217; 0 for none. */
  readonly id: number;
  readonly kind: string;
  /** In US dollars. */
  readonly price: number;
}

const kinds = ['', 'trousers', 'skirt', 'blouse', 'on sale'];
/** Products by their number, with none at 0; the fields are id, category, colour, location, photo, price … */
export function productsOf(rows: readonly string[][]): Product[] {
  const products = rows.map((row): Product => {
    const [id, kind, , , , price] = row.map(Number);
    return { id, kind: kinds[kind], price };
  });
  return [{ id: 0, kind: '', price: 0 }, ...products];
}

/** From this day on sessions are kept back. */
const TEST_DAY = '2008-07-15';

/** The sessions of two or more clicks, by line: date, country, products. */
export function sessionsOf(text: string): { known: number[][]; test: number[][] } {
  const known: number[][] = [];
  const test: number[][] = [];
  for (const line of text.trim().split('\n')) {
    const [date, , clicks] = line.split('\t');
    const session = clicks.split(' ').map(Number);
    if (session.length > 1) (date < TEST_DAY ? known : test).push(session);
  }
  return { known, test };
}

/** By session and click from the second on: as how likely it was foretold, 1 for the likeliest product. */
export async function ranks(network: Network, sessions: readonly (readonly number[])[]): Promise<number[][]> {
  const outputs = (await network.predict(sessions.map((clicks) => clicks.slice(0, -1)))) as number[][][];
  return outputs.map((steps, n) => steps.map((row, i) => rankIn(row, sessions[n][i + 1])));
}

/** The rank of a product by its score: 1 for the highest; equal scores share the lower place. */
export function rankIn(scores: ArrayLike<number>, product: number): number {
  let rank = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i] >= scores[product]) rank++;
  return rank;
}

/** The percentage of all clicks that were among the `count` likeliest. */
export function recall(ranks: readonly (readonly number[])[], count: number): number {
  const all = ranks.flat();
  return (100 * all.filter((rank) => rank <= count).length) / all.length;
}

/** A part of the sessions that is always the same one, to be measured while the reader watches. */
export function partOf(sessions: readonly number[][], quick: boolean): readonly number[][] {
  return quick ? sessions.filter((_, i) => i % 8 === 0) : sessions;
}
