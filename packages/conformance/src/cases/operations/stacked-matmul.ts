/* Products of stacks of matrices, one for each index of the leading dimension. */
import { sizeOf } from '@recurra/core/backend';
import type { Check } from '../../check.js';
import { random, type Values } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { ofOperation } from '../../tolerance.js';
import { FORMS, multiply, SPECIAL } from './matmul.js';

const group = 'operations/matmul';
const COUNTS = [1, 3, 17, 0];
const SIZES = [1, 4, 15, 16, 17, 33, 64, 65];

/**
 * [count, m, k, n]: every pair of sizes occurs in every two of m, k and n, each time with one of the counts.
 */
const STACKS = [
  ...SIZES.flatMap((m, i) =>
    SIZES.map((_, j) => [
      COUNTS[(2 * i + j + (j >> 2)) % COUNTS.length],
      m,
      SIZES[(i + j) % SIZES.length],
      SIZES[(i + 2 * j) % SIZES.length],
    ]),
  ),
  [4290, 2, 3, 4],
  ...COUNTS.flatMap((count) => [
    [count, 16, 16, 16],
    [count, 33, 15, 17],
    [count, 0, 4, 3],
    [count, 4, 0, 3],
    [count, 4, 3, 0],
  ]),
];

type Form = (typeof FORMS)[number];

export const stackedMatmul: Case[] = FORMS.flatMap((form) => [
  {
    group,
    name: `stacks: ${form.name}, over the edges of tiles`,
    async run(check) {
      for (const [count, m, k, n] of STACKS) {
        const a = random([count, ...(form.transposeA ? [k, m] : [m, k])], m + k);
        const b = random([count, ...(form.transposeB ? [n, k] : [k, n])], k + n + 1);
        await proves(check, form, a, b, `${count} of [${m},${k}] · [${k},${n}] at `);
      }
    },
  },
  ...SPECIAL.map(({ what, needs, data }) => ({
    group,
    name: `stacks: ${form.name}, ${what} stays in its matrix`,
    needs,
    async run(check: Check) {
      const other = { shape: [3, 2, 2], data: [2, 0, 3, 1, 1, 2, 0, 3, 3, 1, 2, 0] };
      const special = { shape: [3, 2, 2], data: [1, 2, 3, 4, ...data, 5, 6, 7, 8] };
      await proves(check, form, special, other, `${what} on the left: `);
      await proves(check, form, other, special, `${what} on the right: `);
    },
  })),
]);

async function proves(check: Check, form: Form, a: Values, b: Values, what: string): Promise<void> {
  const { transposeA, transposeB } = form;
  const others = matricesOf(b);
  const products = matricesOf(a).map((matrix, i) => multiply(matrix, others[i], transposeA, transposeB));
  const magnitudes = joined(products.map((one) => one.magnitudes));
  const expected = {
    shape: [a.shape[0], a.shape[transposeA ? 2 : 1], b.shape[transposeB ? 1 : 2]],
    data: joined(products.map((one) => one.product.data)),
  };
  const terms = a.shape[transposeA ? 1 : 2];
  const y = check.made(check.backend.matmul(check.upload(a), check.upload(b), transposeA, transposeB));
  await check.tensor(what, y, expected, ofOperation('matmul', { magnitudes, terms }, check.precision));
}

function matricesOf({ data, shape: [count, ...shape] }: Values): Values[] {
  const size = sizeOf(shape);
  const elements = Array.from(data);
  return Array.from({ length: count }, (_, i) => ({
    shape,
    data: elements.slice(i * size, (i + 1) * size),
  }));
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}
