/* Products of stacks of matrices need one dispatch, and equal the reference's. */
import { reference } from '@recurra/backend-reference';
import type { Backend, Shape } from '@recurra/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDevice } from '../src/device.js';
import { matmul, product } from '../src/matmul.js';
import { type Context, memory } from '../src/memory.js';
import { expectClose, missing, numbers, open, titled } from './support.js';

/** Sizes that are multiples of a vector (4), sizes that are not, and rows of whole vectors with a k that is not a multiple. */
const SIZES: readonly (readonly [m: number, k: number, n: number])[] = [
  [8, 12, 16],
  [8, 6, 12],
  [9, 5, 7],
  [1, 4, 1],
];
const FLAGS = [false, true];

async function multiply(backend: Backend, a: Shape, b: Shape, transposeA: boolean, transposeB: boolean) {
  const operands = [a, b].map((shape, seed) => backend.upload(numbers(shape, seed), shape));
  const c = backend.matmul(operands[0], operands[1], transposeA, transposeB);
  const result = { shape: c.shape, values: await backend.read(c) };
  for (const x of [...operands, c]) backend.free(x);
  return result;
}

describe.skipIf(missing)(titled('the product of two stacks of matrices'), () => {
  test('equals the reference, with either operand transposed', async () => {
    const [backend, exact] = [await open(), await reference()];
    onTestFinished(() => backend.dispose());
    for (const matrices of [0, 1, 3]) {
      for (const [m, k, n] of SIZES) {
        for (const transposeA of FLAGS) {
          for (const transposeB of FLAGS) {
            const a = transposeA ? [matrices, k, m] : [matrices, m, k];
            const b = transposeB ? [matrices, n, k] : [matrices, k, n];
            const actual = await multiply(backend, a, b, transposeA, transposeB);
            const expected = await multiply(exact, a, b, transposeA, transposeB);
            expect(actual.shape).toEqual([matrices, m, n]);
            expectClose(actual.values, expected.values, 1e-6, `[${a}] by [${b}]`);
          }
        }
      }
    }
    expect(backend.memory().tensors).toBe(0);
  });

  test('equals the reference for many rows, of which a software adapter computes more at a time', async () => {
    const [backend, exact] = [await open(), await reference()];
    onTestFinished(() => backend.dispose());
    for (const [k, n, transposeB] of [
      [8, 44, false],
      [8, 41, true],
      [12, 84, false],
      [12, 77, true],
    ] as const) {
      const [a, b] = [[1030, k], transposeB ? [n, k] : [k, n]];
      const actual = await multiply(backend, a, b, false, transposeB);
      const expected = await multiply(exact, a, b, false, transposeB);
      expectClose(actual.values, expected.values, 1e-6, `[${a}] by [${b}]`);
    }
  });

  test('equals the reference as on a GPU: in tiles, with k divided if it is long', async () => {
    const memoryOf = memory(await openDevice({ allowSoftware: true, powerPreference: 'high-performance' }));
    const [backend, exact] = [{ ...memoryOf, software: false }, await reference()];
    onTestFinished(() => backend.dispose());
    for (const [i, [m, k, n]] of [
      [65, 17, 130],
      [70, 300, 33],
      [16, 272, 66],
      [17, 1, 16],
      [3, 515, 5],
    ].entries()) {
      const [transposeA, transposeB] = [i % 2 === 0, i < 2];
      const shapes: Shape[] = [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n], [n]];
      const [a, b, bias] = shapes.map((shape, seed) => backend.upload(numbers(shape, seed), shape));
      const c = backend.upload(numbers([m, n + 3], 9), [m, n + 3]);
      product(backend, {
        c: { tensor: c, rowStride: n + 3, offset: 2 },
        a: { tensor: a, rowStride: shapes[0][1], transposed: transposeA },
        b: { tensor: b, rowStride: shapes[1][1], transposed: transposeB },
        ...{ bias, activation: 'rectified(y)', size: [m, n, k] },
      });
      const [x, y] = shapes.map((shape, seed) => exact.upload(numbers(shape, seed), shape));
      const sums = await exact.read(exact.matmul(x, y, transposeA, transposeB));
      const expected = numbers([m, n + 3], 9);
      for (const [j, sum] of Array.from(sums).entries()) {
        const column = j % n;
        expected[Math.floor(j / n) * (n + 3) + 2 + column] = Math.max(0, sum + numbers([n], 2)[column]);
      }
      expectClose(await backend.read(c), expected, 1e-6, `${m} by ${k} by ${n}`);
    }
    const stack = [
      [2, 18, 20],
      [2, 20, 65],
    ];
    const [a, b] = stack.map((shape, seed) => backend.upload(numbers(shape, seed), shape));
    const [x, y] = stack.map((shape, seed) => exact.upload(numbers(shape, seed), shape));
    const actual = await backend.read(matmul(backend).matmul(a, b, false, false));
    expectClose(actual, await exact.read(exact.matmul(x, y, false, false)), 1e-6, 'two matrices');
  });

  test('is one dispatch', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const dispatch = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
    onTestFinished(() => void vi.restoreAllMocks());
    await multiply(backend, [50, 2, 3], [50, 3, 2], false, false);
    expect(dispatch).toHaveBeenCalledTimes(1);
  });

  test('is two dispatches for more matrices than the limit of workgroups along an axis', () => {
    const dispatch = vi.fn();
    const create = (shape: Shape) => ({ shape });
    const context = { create, dispatch, scoped: (body: () => unknown) => body(), software: false };
    const { matmul: multiply } = matmul(context as unknown as Context);
    multiply(create([65_537, 3, 2]), create([65_537, 2, 5]), false, false);
    const recorded = dispatch.mock.calls.map(([{ uniforms, workgroups }]) => ({
      matrices: workgroups[2],
      offsets: [uniforms.u32[5], uniforms.u32[8], uniforms.u32[11]],
    }));
    expect(recorded).toEqual([
      { matrices: 65_535, offsets: [0, 0, 0] },
      { matrices: 2, offsets: [65_535 * 6, 65_535 * 10, 65_535 * 15] },
    ]);
  });
});
