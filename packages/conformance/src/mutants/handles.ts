/* Backends that handle tensor handles wrongly. */
import type { Backend, Tensor } from '@recurra/core';
import { ForeignTensorError, sizeOf, type TensorData } from '@recurra/core/backend';
import { hiding } from './hiding.js';
import { type Mutant, mutant } from './mutant.js';

const memory = (
  name: string,
  what: string,
  change: (right: Backend) => Partial<Backend>,
  first = 'memory',
): Mutant => mutant(name, what, first, change);

/** The result of `act`, or that of `otherwise` if `act` throws a typed error. */
function unless<T>(act: () => T, otherwise: () => T): T {
  try {
    return act();
  } catch {
    return otherwise();
  }
}

export const handles: Mutant[] = [
  memory(
    'reshape: the same handle',
    'a reshape to the same shape returns its argument',
    (right) => ({
      reshape: (x, shape) => (x.shape.join() === shape.join() ? x : right.reshape(x, shape)),
    }),
    'gradients/layers',
  ),
  memory(
    'reshape: of memory that was given back',
    'freeing a tensor frees what was reshaped from it',
    (right) => {
      const views = new Map<Tensor, Tensor>();
      return {
        reshape(x, shape) {
          const view = right.reshape(x, shape);
          views.set(x, view);
          return view;
        },
        free(x) {
          right.free(x);
          const view = views.get(x);
          if (view)
            unless(
              () => right.free(view),
              () => {},
            );
        },
      };
    },
  ),
  memory('upload: keeps the array', 'a read returns the current content of the caller’s array', (right) => {
    const sources = new WeakMap<Tensor, ArrayLike<number>>();
    return {
      upload(data, shape) {
        const x = right.upload(data, shape);
        sources.set(x, data);
        return x;
      },
      async read(x) {
        const read = await right.read(x);
        read.set(sources.get(x) ?? []);
        return read;
      },
    };
  }),
  memory(
    'read: the same array',
    'a second read returns the array of the first one, which the caller may have changed',
    (right) => {
      const arrays = new WeakMap<Tensor, TensorData>();
      return {
        async read(x) {
          const fresh = await right.read(x);
          const known = arrays.get(x) ?? fresh;
          arrays.set(x, known);
          return known;
        },
      };
    },
  ),
  memory(
    'read: one staging buffer',
    'two concurrent reads both return the second result',
    (right) => {
      let staging: Promise<TensorData>;
      return {
        async read(x) {
          staging = right.read(x);
          await staging;
          return (await staging).slice();
        },
      };
    },
    'gradients/operations',
  ),
  memory('read: late', 'a read fails if its tensor is freed meanwhile', (right) => ({
    async read(x) {
      await Promise.resolve();
      return right.read(x);
    },
  })),
  mutant(
    'read: single precision',
    'read returns a Float32Array on a float64 backend',
    'memory',
    (right) => ({ read: async (x) => Float32Array.from(await right.read(x)) }),
    ['float64'],
  ),
  mutant(
    'upload: single precision',
    'the data is rounded to float32 when it is uploaded to a float64 backend',
    'operations/elementwise',
    (right) => ({ upload: (data, shape) => right.upload(Float32Array.from(data), shape) }),
    ['float64'],
  ),

  memory('free: use after free', 'a freed tensor can still be used', (right) => {
    const { hidden, ...change } = hiding(right);
    return { ...change, free: (x) => void hidden.add(x) };
  }),
  memory('free: twice', 'a second free does nothing', (right) => ({
    free: (x) =>
      unless(
        () => right.free(x),
        () => {},
      ),
  })),
  memory('free: no typed error', 'use of a freed tensor throws the engine’s TypeError', (right) => ({
    unary: (op, x) =>
      unless(
        () => right.unary(op, x),
        () => {
          throw new TypeError('cannot read properties of undefined');
        },
      ),
  })),
  memory(
    'foreign tensors: taken',
    'another backend’s tensor is read as zeros',
    (right) => ({
      async read(x) {
        try {
          return await right.read(x);
        } catch (error) {
          if (error instanceof ForeignTensorError) return new Float64Array(sizeOf(x.shape));
          throw error;
        }
      },
    }),
    'coexistence',
  ),
  memory('dispose: does nothing', 'tensors can still be used after dispose', () => ({ dispose: () => {} })),
  memory('dispose: once only', 'a second dispose throws', (right) => {
    let disposed = false;
    return {
      dispose() {
        if (disposed) throw new Error('device is already destroyed');
        disposed = true;
        right.dispose();
      },
    };
  }),
  memory(
    'concat: of one',
    'the concatenation of one tensor is that tensor',
    (right) => ({
      concat: (xs, axis) => (xs.length === 1 ? xs[0] : right.concat(xs, axis)),
    }),
    'operations/shape',
  ),
];
