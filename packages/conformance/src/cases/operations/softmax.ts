import type { Shape } from '@recurra/core';
import type { Capability } from '@recurra/core/backend';
import { EDGES, random, type Values } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { ofOperation } from '../../tolerance.js';

const group = 'operations/softmax';
const SHAPES: readonly Shape[] = [
  ...EDGES.flatMap((width) => [[width], [3, width], [width, 5]]),
  [2, 3, 7],
  [2, 3, 2, 5],
  [0, 4],
];
const RANGE = 5;

export const softmax: Case[] = (['softmax', 'logSoftmax'] as const).flatMap((op) => {
  const logarithm = op === 'logSoftmax';
  const run = (name: string, arrays: readonly Values[], needs?: Capability): Case => ({
    group,
    name: `${op}, ${name}`,
    ...(needs && { needs }),
    async run(check) {
      for (const x of arrays) {
        const width = x.shape[x.shape.length - 1];
        const y = check.made(check.backend[op](check.upload(x)));
        const data = rowsOf(Array.from(x.data), width).flatMap((row) => definition(row, logarithm));
        // The two numbers whose difference is the log-softmax are at least about 1.
        const magnitudes = logarithm ? data.map((value) => Math.max(1, Math.abs(value))) : data;
        const bound = ofOperation(op, { magnitudes, terms: width, x: 2 * RANGE }, check.precision);
        await check.tensor(`[${x.shape}] at `, y, { shape: x.shape, data }, bound);
      }
    },
  });
  return [
    run(
      'over shapes',
      SHAPES.map((shape, i) => random(shape, i, -RANGE, RANGE)),
    ),
    run('does not overflow', [{ shape: [3, 3], data: [1e4, 0, -1e4, -5e3, -5e3, -5e3, 200, 201, 199] }]),
    run('NaN stays in its row', [{ shape: [3, 3], data: [0, 1, 0, 1, Number.NaN, 2, 1, 2, 3] }], 'nan'),
    run('−infinity has no share', [{ shape: [2, 3], data: [0, -Infinity, 0, 1, 2, 3] }], 'infinity'),
  ];
});

function rowsOf(data: readonly number[], width: number): number[][] {
  return Array.from({ length: data.length / width }, (_, row) => data.slice(row * width, (row + 1) * width));
}

function definition(row: readonly number[], logarithm: boolean): number[] {
  const largest = Math.max(...row);
  const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  return row.map((value) =>
    logarithm ? value - largest - Math.log(total) : Math.exp(value - largest) / total,
  );
}
