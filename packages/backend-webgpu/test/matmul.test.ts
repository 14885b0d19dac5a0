/* Products of stacks of matrices need one dispatch, and equal the reference's. */
import { reference } from '@recurra/backend-reference';
import type { Backend, Shape } from '@recurra/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { matmul } from '../src/matmul.js';
import type { Context } from '../src/memory.js';
import { expectClose, missing, numbers, open, titled } from './support.js';

/** Sizes that are multiples of a vector (4), and sizes that are not. */
const SIZES: readonly (readonly [m: number, k: number, n: number])[] = [
  [8, 12, 16],
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
    for (const [b, transposeB] of [
      [[8, 44], false],
      [[41, 8], true],
    ] as const) {
      const actual = await multiply(backend, [1030, 8], b, false, transposeB);
      const expected = await multiply(exact, [1030, 8], b, false, transposeB);
      expectClose(actual.values, expected.values, 1e-6, `[1030,8] by [${b}]`);
    }
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
