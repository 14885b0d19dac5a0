import { seededRandom } from '@recurra/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ridge } from '../src/least-squares.js';

const sizes = {
  variables: fc.integer({ min: 1, max: 6 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(),
};

test('a linear relation is recovered', () => {
  fc.assert(
    fc.property(fc.record(sizes), ({ variables, outputs, seed }) => {
      const { normal } = seededRandom(seed);
      const law = table(variables, outputs, normal);
      const observations = table(40, variables, normal).map((x) => ({ x, y: product([x], law)[0] }));
      const solution = ridge(observations, 1e-10);
      expectClose(solution, law);
    }),
  );
});

test('the penalised solution satisfies the normal equations', () => {
  fc.assert(
    fc.property(
      fc.record({ ...sizes, penalty: fc.double({ min: 0.1, max: 50, noNaN: true }) }),
      (example) => {
        const { normal } = seededRandom(example.seed);
        const xs = table(10, example.variables, normal);
        const ys = table(10, example.outputs, normal);
        const solution = ridge(
          xs.map((x, i) => ({ x, y: ys[i] })),
          example.penalty,
        ).map((row) => Array.from(row));
        const residual = product(xs, solution).map((row, i) => row.map((value, k) => ys[i][k] - value));
        const slope = product(transpose(xs), residual);
        expectClose(
          slope,
          solution.map((row) => row.map((w) => example.penalty * w)),
        );
      },
    ),
  );
});

function expectClose(actual: ArrayLike<number>[], expected: number[][]): void {
  for (const [i, row] of expected.entries()) {
    for (const [k, value] of row.entries()) expect(actual[i][k]).toBeCloseTo(value, 6);
  }
}

function table(rows: number, columns: number, draw: () => number): number[][] {
  return Array.from({ length: rows }, () => Array.from({ length: columns }, draw));
}

function product(a: number[][], b: number[][]): number[][] {
  return a.map((row) => transpose(b).map((column) => row.reduce((sum, x, i) => sum + x * column[i], 0)));
}

function transpose(a: number[][]): number[][] {
  return a[0].map((_, column) => a.map((row) => row[column]));
}
