/* The data: which products visitors of a shop clicked, one after another. */
import type { Network } from '@recurra/core';

export interface Product {
  /** 1 to 217; 0 for none. */
  readonly id: number;
  readonly kind: Kind;
  readonly colour: Colour;
  /** In US dollars. */
  readonly price: number;
}

/** The shop's four categories. Products on sale can be of any kind, which the data does not specify. */
export const KINDS = ['trousers', 'skirt', 'blouse', 'on sale'] as const;
export type Kind = (typeof KINDS)[number];

/** By the numbers of the data set, from 1 on. */
const colours = [
  'beige',
  'black',
  'blue',
  'brown',
  'burgundy',
  'grey',
  'green',
  'navy blue',
  'of many colours',
  'olive',
  'pink',
  'red',
  'violet',
  'white',
] as const;
export type Colour = (typeof colours)[number];

/** Products by number, with an entry for none at 0. The fields are id, category, colour, location, photo, price … */
export function productsOf(rows: readonly string[][]): Product[] {
  const products = rows.map((row): Product => {
    const [id, kind, colour, , , price] = row.map(Number);
    return { id, kind: KINDS[kind - 1], colour: colours[colour - 1], price };
  });
  return [{ ...products[0], id: 0 }, ...products];
}

/** Sessions from this day on are held out for the score. */
const TEST_DAY = '2008-07-15';

/** The sessions of two or more clicks. A line has date, country and products. */
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

/** For each session and each click from the second on: its rank among the network's guesses, 1 for the likeliest product. */
export async function ranks(network: Network, sessions: readonly (readonly number[])[]): Promise<number[][]> {
  const outputs = (await network.predict(sessions.map((clicks) => clicks.slice(0, -1)))) as number[][][];
  return outputs.map((steps, n) => steps.map((row, i) => rankIn(row, sessions[n][i + 1])));
}

/** The rank of a product by its score: 1 for the highest. Products with equal scores all get the worst rank among them. */
export function rankIn(scores: ArrayLike<number>, product: number): number {
  let rank = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i] >= scores[product]) rank++;
  return rank;
}

/** The percentage of all clicks whose rank is `count` or better. */
export function recall(ranks: readonly (readonly number[])[], count: number): number {
  const all = ranks.flat();
  return (100 * all.filter((rank) => rank <= count).length) / all.length;
}

/** All sessions, or if `quick` a fixed eighth of them, to be measured while the reader watches. */
export function partOf(sessions: readonly number[][], quick: boolean): readonly number[][] {
  return quick ? sessions.filter((_, i) => i % 8 === 0) : sessions;
}
