/* The smallest numbers, and the largest tensors. */
import { sizeOf } from '@recurra/core/backend';
import type { Case } from '../suite.js';
import { exact } from '../tolerance.js';

const group = 'limits';

export const limits: Case[] = [
  {
    group,
    name: 'numbers below 2⁻¹²⁶ are not flushed to zero',
    needs: 'denormals',
    async run(check) {
      const { backend } = check;
      const small = check.upload({ shape: [1, 3], data: [2 ** -100, 2 ** -126, 2 ** -149] });
      const factor = check.upload({ shape: [1, 3], data: [2 ** -40, 0.5, 1] });
      const expected = [2 ** -140, 2 ** -127, 2 ** -149];
      const total = check.upload({ shape: [1, 2], data: [2 ** -127, 2 ** -128] });
      for (const [name, y, data] of [
        ['mul', backend.binary('mul', small, factor), expected],
        ['affine', backend.affine(small, 1, 0), [2 ** -100, 2 ** -126, 2 ** -149]],
        ['affine by a half', backend.affine(total, 0.5, 0), [2 ** -128, 2 ** -129]],
        ['sum', backend.sum(total, [1]), [2 ** -127 + 2 ** -128]],
        ['sub', backend.binary('sub', total, total), [0, 0]],
        ['relu', backend.unary('relu', total), [2 ** -127, 2 ** -128]],
      ] as const) {
        await check.tensor(`${name} at `, check.made(y), { shape: y.shape, data }, exact);
      }
      const product = check.made(backend.matmul(small, factor, false, true));
      const sum = expected.reduce((sum, value) => sum + value, 0);
      await check.tensor('matmul', product, { shape: [1, 1], data: [sum] }, () => 2 ** -149);
    },
  },
  {
    group,
    name: 'a tensor of more than 2²⁴ elements is right to its last one',
    needs: 'largeTensors',
    async run(check) {
      const { backend } = check;
      const many = 2 ** 24;
      const ones = backend.fill([many, 1], 1);
      const last = check.upload({ shape: [3, 1], data: [5, 6, 7] });
      const x = check.made(backend.concat([ones, last], 0));
      backend.free(ones);
      check.same('the number of elements', sizeOf(x.shape), many + 3);
      const doubled = check.made(backend.affine(x, 2, 0));
      const end = check.made(backend.slice(doubled, [many - 1, 0], [4, 1]));
      await check.tensor('the end', end, { shape: [4, 1], data: [2, 10, 12, 14] }, exact);
      const rows = check.upload({ shape: [3], data: [many + 2, 0, many] });
      const result = check.made(backend.gather(x, rows));
      await check.tensor('the gathered element', result, { shape: [3, 1], data: [7, 1, 5] }, exact);
      const most = check.made(backend.max(x, [0]));
      await check.tensor('the largest', most, { shape: [1, 1], data: [7] }, exact);
    },
  },
];
