/* The clicks in a shop. */
import { expect, test } from 'vitest';
import { markovRanks, popularRanks } from '../pages/what-next/markov.js';
import { productsOf, rankIn, recall, sessionsOf } from '../pages/what-next/sessions.js';

test('sessions of one click are left out, and later ones are held out', () => {
  const text = '2008-07-14\t29\t1 2\n2008-07-14\t29\t3\n2008-07-15\t9\t4 5 6\n';
  expect(sessionsOf(text)).toEqual({ known: [[1, 2]], test: [[4, 5, 6]] });
});

test('a product has a kind, colour and price, and its number as index', () => {
  const products = productsOf([
    ['1', '1', '8', '1', '1', '28'],
    ['2', '4', '14', '3', '2', '57'],
  ]);
  expect(products[1]).toEqual({ id: 1, kind: 'trousers', colour: 'navy blue', price: 28 });
  expect(products[2]).toEqual({ id: 2, kind: 'on sale', colour: 'white', price: 57 });
});

test('products with equal scores all get the worst rank among them', () => {
  expect([0, 1, 2, 3].map((product) => rankIn([5, 1, 5, 0], product))).toEqual([2, 3, 2, 4]);
});

test('a Markov chain by hand', () => {
  const known = [
    [1, 2, 3],
    [1, 3, 3],
    [1, 3],
  ];
  // After 1 come 3 (twice) and 2 (once), after 2 comes 3. Products that never followed are ordered by
  // popularity: 3, then 1, then 2.
  expect(
    markovRanks(
      known,
      [
        [1, 3, 3],
        [2, 1, 2],
        [3, 2],
      ],
      4,
    ),
  ).toEqual([[1, 1], [2, 2], [3]]);
  expect(popularRanks(known, [[1, 3, 1, 2]], 4)).toEqual([[1, 2, 3]]);
});

test('recall counts clicks, not sessions', () => {
  expect(recall([[1, 20, 21], [40]], 20)).toBe(50);
});
