import { build, EDGES, random, whole } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { exact, ofOperation } from '../../tolerance.js';

const group = 'operations/indexing';

/** [rows of the table, width of the table, number of indices] */
const FORMS = [
  ...EDGES.map((size) => [size, 5, 7]),
  ...EDGES.map((size) => [7, size, 5]),
  ...EDGES.map((size) => [5, 3, size]),
  [5, 3, 0],
  [4, 0, 3],
  [70_000, 1, 9],
];

export const indexing: Case[] = [
  {
    group,
    name: 'gather, rows in any order and again',
    async run(check) {
      for (const [rows, width, count] of FORMS) {
        const table = random([rows, width], rows);
        const indices = withEnds(rows, count);
        const y = check.made(
          check.backend.gather(check.upload(table), check.upload({ shape: [count], data: indices })),
        );
        const expected = build([count, width], ([i, column]) => table.data[indices[i] * width + column]);
        await check.tensor(`${count} of [${rows},${width}] at `, y, expected, exact);
      }
    },
  },
  {
    group,
    name: 'scatterAdd, where repeated indices add up',
    async run(check) {
      for (const [rows, width, count] of FORMS) {
        const updates = random([count, width], rows);
        const indices = withEnds(rows, count);
        const y = check.made(
          check.backend.scatterAdd(
            check.upload({ shape: [count], data: indices }),
            check.upload(updates),
            rows,
          ),
        );
        const sum = (term: (value: number) => number) => {
          const result = build([rows, width], () => 0);
          updates.data.forEach((value, i) => {
            result.data[indices[Math.floor(i / width)] * width + (i % width)] += term(value);
          });
          return result;
        };
        const bound = ofOperation(
          'scatterAdd',
          { magnitudes: sum(Math.abs).data, terms: count },
          check.precision,
        );
        await check.tensor(`${count} to [${rows},${width}] at `, y, sum(Number), bound);
      }
    },
  },
];

/** Random indices that include the last and the first row. */
function withEnds(rows: number, count: number): number[] {
  return [rows - 1, 0, ...whole(count, count, rows)].slice(0, count);
}
