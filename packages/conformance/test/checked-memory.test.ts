/* Backends check all numbers and sizes that an application passes to their memory. */
import { cpu } from '@recurra/backend-cpu';
import { gpujs } from '@recurra/backend-gpujs';
import { reference } from '@recurra/backend-reference';
import { webgpu } from '@recurra/backend-webgpu';
import { type Backend, DataError, DeviceError, RecurraError, type Shape, ShapeError } from '@recurra/core';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

const BACKENDS: Record<string, () => Promise<Backend>> = {
  reference,
  cpu: () => cpu({ threads: 1 }),
  'cpu, 2 threads': () => cpu({ threads: 2 }),
  'gpujs, mode cpu': () => gpujs({ mode: 'cpu' }),
  webgpu: () => webgpu({ allowSoftware: true }),
};

for (const [name, create] of Object.entries(BACKENDS)) {
  const missing = process.env.CI ? undefined : await reasonForNone(create);
  describe.skipIf(missing)(missing ? `${name} (skipped: ${missing})` : name, () => {
    const open = async () => {
      const backend = await create();
      onTestFinished(() => backend.dispose());
      return backend;
    };

    test('data of the wrong length is rejected, and changes no tensor', async () => {
      const backend = await open();
      const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(
          shapes,
          fc.integer({ min: 0, max: 700 }),
          fc.boolean(),
          async (shape, length, typed) => {
            const size = shape.reduce((product, dimension) => product * dimension, 1);
            fc.pre(length !== size);
            const before = backend.upload([1, 2, 3, 4], [4]);
            const data = typed ? new Float32Array(length).fill(9) : Array(length).fill(9);
            const { tensors } = backend.memory();
            const upload = () => backend.upload(data, shape);
            expect(upload).toThrow(ShapeError);
            expect(upload).toThrow(`${length} numbers do not fill [${shape}], which needs ${size}`);
            const after = backend.upload([5, 6], [2, 1]);
            expect(backend.memory().tensors).toBe(tensors + 1);
            expect(Array.from(await backend.read(before))).toEqual([1, 2, 3, 4]);
            expect(Array.from(await backend.read(after))).toEqual([5, 6]);
            backend.free(before);
            backend.free(after);
          },
        ),
        { numRuns: 40 },
      );
    });

    test.each<{ shape: Shape }>([
      { shape: [2 ** 53] },
      { shape: [-1] },
      { shape: [-1, -1] },
      { shape: [1.5] },
      { shape: [Number.NaN] },
      { shape: [] },
      { shape: [1, 1, 1, 1, 1] },
      { shape: ['1'] as never },
      { shape: undefined as never },
      { shape: 1 as never },
    ])('an invalid shape is rejected: $shape', async ({ shape }) => {
      const backend = await open();
      expect(() => backend.upload([1], shape)).toThrow(ShapeError);
      expect(() => backend.fill(shape, 0)).toThrow(ShapeError);
      expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
    });

    test('a tensor that exceeds the memory is rejected, and the others stay valid', async () => {
      const backend = await open();
      const other = backend.upload([1, 2], [2]);
      for (const shape of [[2 ** 52], [2 ** 40, 2 ** 40], [2 ** 20, 2 ** 20]])
        expect(() => backend.fill(shape, 1)).toThrow(DeviceError);
      const [column, row] = [backend.fill([2 ** 19, 1], 1), backend.fill([1, 2 ** 19], 1)];
      expect(() => backend.binary('add', column, row)).toThrow(DeviceError);
      expect(Array.from(await backend.read(other))).toEqual([1, 2]);
      expect(backend.memory().tensors).toBe(3);
    });

    test('reshape requires the same number of elements', async () => {
      const backend = await open();
      const x = backend.upload([1, 2, 3, 4], [2, 2]);
      for (const shape of [[5], [2, 1], [0]]) expect(() => backend.reshape(x, shape)).toThrow(ShapeError);
      expect(backend.memory().tensors).toBe(1);
    });

    test('data that is not a list of numbers is rejected', async () => {
      const backend = await open();
      for (const data of [undefined, null, 1, '1', {}, () => 1])
        expect(() => backend.upload(data as never, [1])).toThrow(DataError);
      expect(() => backend.upload([1], null as never)).toThrow(RecurraError);
    });
  });
}

async function reasonForNone(create: () => Promise<Backend>): Promise<string | undefined> {
  try {
    (await create()).dispose();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
