import { reference } from '@recurra/backend-reference';
import type { Backend, Shape, Tensor } from '@recurra/core';
import type { BinaryOp, UnaryOp } from '@recurra/core/backend';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpu } from '../src/index.js';
import { expectClose, size, tensor } from './support.js';

const backends = [await cpu(), await reference()];

/**
 * Runs the same operations on both backends and compares the last tensor. Frees all tensors, and checks that
 * no other is left.
 */
async function agree(what: string, tolerance: number, run: (backend: Backend) => readonly Tensor[]) {
  const [actual, expected] = await Promise.all(
    backends.map(async (backend) => {
      const before = backend.memory().tensors;
      const tensors = run(backend);
      const last = tensors[tensors.length - 1];
      const data = await backend.read(last);
      for (const x of tensors) backend.free(x);
      expect(backend.memory().tensors).toBe(before);
      return { shape: last.shape, data };
    }),
  );
  expect(actual.shape).toEqual(expected.shape);
  expectClose(actual.data, expected.data, tolerance, what);
}

/** A shape, and another that broadcasts with it. */
const broadcastable = fc
  .array(fc.record({ size: fc.constantFrom(0, 1, 2, 3, 5, 9), a: fc.boolean(), b: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((axes) =>
    fc.record({
      a: fc.constant(axes.map(({ size, a }) => (a ? size : 1))),
      b: fc.nat(axes.length - 1).map((from) => axes.map(({ size, b }) => (b ? size : 1)).slice(from)),
    }),
  );

const anyShape = fc.array(fc.constantFrom(0, 1, 2, 3, 5, 17), { minLength: 1, maxLength: 4 });

describe('the required operations compute what the reference does', () => {
  it('matmul, with sizes around multiples of its tiles and blocks', async () => {
    const sizes = fc.tuple(size, size, size);
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), fc.boolean(), ([m, n, k], transposeA, transposeB) =>
        agree(`[${m}, ${k}] · [${k}, ${n}], ${transposeA} ${transposeB}`, 1e-6, (backend) => {
          const a = tensor(backend, transposeA ? [k, m] : [m, k], 1);
          const b = tensor(backend, transposeB ? [n, k] : [k, n], 2);
          return [a, b, backend.matmul(a, b, transposeA, transposeB)];
        }),
      ),
      { numRuns: 150 },
    );
    for (const [m, n, k] of [
      [2, 1030, 300],
      [67, 1041, 515],
      [130, 20, 513],
      [1, 40, 600],
    ]) {
      for (const [transposeA, transposeB] of [
        [false, false],
        [true, false],
        [false, true],
      ]) {
        await agree(`[${m}, ${k}] · [${k}, ${n}], ${transposeA} ${transposeB}`, 2e-6, (backend) => {
          const a = tensor(backend, transposeA ? [k, m] : [m, k], 1);
          const b = tensor(backend, transposeB ? [n, k] : [k, n], 2);
          return [a, b, backend.matmul(a, b, transposeA, transposeB)];
        });
      }
    }
  });

  it('binary and select, with every broadcast', async () => {
    const op = fc.constantFrom<BinaryOp>('add', 'sub', 'mul', 'div', 'maximum', 'minimum');
    await fc.assert(
      fc.asyncProperty(broadcastable, op, async ({ a, b }, op) => {
        await agree(`${op} [${a}] [${b}]`, 1e-6, (backend) => {
          const [x, y] = [tensor(backend, a, 3), tensor(backend, b, 4)];
          return [x, y, backend.binary(op, x, y)];
        });
        await agree(`select [${a}] [${b}]`, 0, (backend) => {
          const x = tensor(backend, a, 3);
          const condition = backend.unary('step', x);
          const y = tensor(backend, b, 4);
          return [x, condition, y, backend.select(condition, y, x)];
        });
      }),
    );
  });

  it('NaN and infinity', async () => {
    const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-40, 3e38];
    const all = special.flatMap((x) => special.map((y) => [x, y]));
    const upload = (backend: Backend, side: 0 | 1) =>
      backend.upload(
        all.map((pair) => pair[side]),
        [all.length],
      );
    for (const op of ['add', 'sub', 'mul', 'maximum', 'minimum'] as const) {
      await agree(op, 1e-6, (backend) => {
        const [x, y] = [upload(backend, 0), upload(backend, 1)];
        return [x, y, backend.binary(op, x, y)];
      });
    }
    await agree('select', 0, (backend) => {
      const [x, y] = [upload(backend, 0), upload(backend, 1)];
      return [x, y, backend.select(x, y, x)];
    });
    const unary: UnaryOp[] = ['exp', 'log', 'sqrt', 'abs', 'relu', 'sigmoid', 'tanh', 'softplus', 'step'];
    for (const op of unary) {
      const data = [Number.NaN, Infinity, -Infinity, 0, -1, 200, -200];
      await agree(op, 1e-6, (backend) => {
        const x = backend.upload(data, [data.length]);
        return [x, backend.unary(op, x)];
      });
    }
    await agree('max', 0, (backend) => {
      const x = upload(backend, 0);
      const rows = backend.reshape(x, [9, 9]);
      return [x, rows, backend.max(rows, [1])];
    });
  });

  it('affine and the sums and maxima over any axes', async () => {
    const cases = anyShape.chain((shape) =>
      fc.record({ shape: fc.constant(shape), axes: fc.subarray(shape.map((_, i) => i)) }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, axes }) => {
        await agree(`sum of [${shape}] over ${axes}`, 1e-6, (backend) => {
          const x = tensor(backend, shape, 5);
          const y = backend.affine(x, 3, -1);
          return [x, y, backend.sum(y, axes)];
        });
        if (axes.some((axis) => shape[axis] === 0)) return;
        await agree(`max of [${shape}] over ${axes}`, 0, (backend) => {
          const x = tensor(backend, shape, 6);
          return [x, backend.max(x, axes)];
        });
      }),
    );
    for (const shape of [
      [100_003, 1],
      [1, 100_003],
      [3001, 33],
    ]) {
      await agree(`sum of [${shape}]`, 1e-6, (backend) => {
        const x = tensor(backend, shape, 5);
        const y = backend.affine(x, 0.5, 1);
        return [x, y, backend.sum(y, [0])];
      });
    }
  });

  it('transpose, slice and concat of any rank', async () => {
    const cases = anyShape.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        permutation: fc.shuffledSubarray(
          shape.map((_, i) => i),
          { minLength: shape.length },
        ),
        block: fc.tuple(
          ...shape.map((size) =>
            fc.tuple(fc.nat(size), fc.nat(size)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]),
          ),
        ),
        axis: fc.nat(shape.length - 1),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, permutation, block, axis }) => {
        await agree(`transpose [${shape}] ${permutation}`, 0, (backend) => {
          const x = tensor(backend, shape, 7);
          return [x, backend.transpose(x, permutation)];
        });
        await agree(`slice [${shape}] and join along ${axis}`, 0, (backend) => {
          const x = tensor(backend, shape, 8);
          const begin = block.map(([start]) => start);
          const size = block.map(([start, end]) => end - start);
          const whole = size.map((part, i) => (i === axis ? part : shape[i]));
          const start = begin.map((first, i) => (i === axis ? first : 0));
          const part = backend.slice(x, start, whole);
          const inner = backend.slice(x, begin, size);
          return [x, part, inner, backend.concat([x, part, x], axis)];
        });
      }),
    );
  });

  it('softmax and log-softmax', async () => {
    const shape: fc.Arbitrary<Shape> = fc.tuple(fc.constantFrom(0, 1, 3), size);
    await fc.assert(
      fc.asyncProperty(shape, fc.constantFrom(1, 100), async (shape, scale) => {
        for (const op of ['softmax', 'logSoftmax'] as const) {
          await agree(`${op} [${shape}]`, 1e-6, (backend) => {
            const x = tensor(backend, shape, 9);
            const y = backend.affine(x, scale, 0);
            return [x, y, backend[op](y)];
          });
        }
      }),
    );
  });

  it('gather and scatter-add, and refuse an index that is not a row', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4)), size, async (indices, width) => {
        await agree('gather', 0, (backend) => {
          const [table, at] = [tensor(backend, [5, width], 10), backend.upload(indices, [indices.length])];
          return [table, at, backend.gather(table, at)];
        });
        await agree('scatterAdd', 1e-6, (backend) => {
          const [at, updates] = [
            backend.upload(indices, [indices.length]),
            tensor(backend, [indices.length, width], 11),
          ];
          return [at, updates, backend.scatterAdd(at, updates, 5)];
        });
      }),
    );
    const [backend] = backends;
    const live = backend.memory();
    for (const wrong of [-1, 5, 0.5, Number.NaN]) {
      const at = backend.upload([0, wrong], [2]);
      const table = tensor(backend, [5, 2], 12);
      expect(() => backend.gather(table, at)).toThrow('index number 1 names none of 5 rows');
      const updates = tensor(backend, [2, 2], 13);
      expect(() => backend.scatterAdd(at, updates, 5)).toThrow('index number 1 names none of 5 rows');
      for (const x of [at, table, updates]) backend.free(x);
    }
    expect(backend.memory()).toEqual(live);
  });
});
