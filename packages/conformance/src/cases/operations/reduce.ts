import type { Shape } from '@recurra/core';
import type { Capability } from '@recurra/core/backend';
import { build, EDGES, form, random, type Values } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { exact, ofOperation } from '../../tolerance.js';

const group = 'operations/reduce';

/** [shape, axes] */
const FORMS: readonly (readonly [Shape, readonly number[]])[] = [
  ...EDGES.flatMap((size) => [
    form([size], [0]),
    form([size, 49], [0]),
    form([49, size], [1]),
    form([size, 3], [0, 1]),
  ]),
  form([1, 5000], [1]),
  form([5000, 2], [0]),
  form([3, 4, 5], [0]),
  form([3, 4, 5], [1]),
  form([3, 4, 5], [2]),
  form([3, 4, 5], [0, 2]),
  form([3, 4, 5], [2, 0]),
  form([3, 4, 5], [0, 1, 2]),
  form([2, 3, 4, 5], [1]),
  form([2, 3, 4, 5], [1, 3]),
  form([2, 3, 4, 5], [0, 1, 2, 3]),
  form([0, 3], [1]),
];
const EMPTY = [form([0, 3], [0]), form([3, 0], [1]), form([0, 3], [0, 1])];

export const reduce: Case[] = [
  {
    group,
    name: 'sum, over shapes and axes',
    async run(check) {
      for (const [shape, axes] of [...FORMS, ...EMPTY]) {
        const x = random(shape, shape.length);
        const y = check.made(check.backend.sum(check.upload(x), axes));
        const { expected, count } = fold(x, axes, 0, (sum, value) => sum + value);
        const magnitudes = fold(x, axes, 0, (sum, value) => sum + Math.abs(value)).expected.data;
        const bound = ofOperation('sum', { magnitudes, terms: count }, check.precision);
        await check.tensor(`sum of [${shape}] over [${axes}] at `, y, expected, bound);
      }
    },
  },
  {
    group,
    name: 'max, over shapes and axes',
    async run(check) {
      for (const [shape, axes] of FORMS) {
        const x = random(shape, shape.length, -2, -1);
        const y = check.made(check.backend.max(check.upload(x), axes));
        await check.tensor(
          `max of [${shape}] over [${axes}] at `,
          y,
          fold(x, axes, -Infinity, Math.max).expected,
          exact,
        );
      }
    },
  },
  stays('NaN stays in its own sum and maximum', 'nan', [Number.NaN, 1, 2, Number.NaN, -3, -2], {
    sum: [Number.NaN, Number.NaN, -5],
    max: [Number.NaN, Number.NaN, -2],
  }),
  stays(
    'infinity stays in its own sum and maximum',
    'infinity',
    [Infinity, -1, -Infinity, -Infinity, -Infinity, 4, -3, -2],
    { sum: [Infinity, -Infinity, -Infinity, -5], max: [Infinity, -Infinity, 4, -2] },
  ),
];

/** @param data rows of two elements; `expected` has the sum and the maximum of each */
function stays(
  name: string,
  needs: Capability,
  data: readonly number[],
  expected: { readonly sum: readonly number[]; readonly max: readonly number[] },
): Case {
  return {
    group,
    name,
    needs,
    async run(check) {
      const x = check.upload({ shape: [data.length / 2, 2], data });
      for (const op of ['sum', 'max'] as const) {
        const y = check.made(check.backend[op](x, [1]));
        await check.tensor(op, y, { shape: [data.length / 2, 1], data: expected[op] }, exact);
      }
    },
  };
}

function fold(
  x: Values,
  axes: readonly number[],
  start: number,
  f: (soFar: number, value: number) => number,
) {
  const reduced = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const folded = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  const expected = build(reduced, (outer) => {
    let result = start;
    build(folded, (inner) => {
      const offset = x.shape.reduce((sum, size, axis) => sum * size + outer[axis] + inner[axis], 0);
      result = f(result, x.data[offset]);
      return 0;
    });
    return result;
  });
  return { expected, count: folded.reduce((product, size) => product * size, 1) };
}
