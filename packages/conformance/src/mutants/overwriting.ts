import type { Backend, Tensor } from '@recurra/core';

/** A backend whose tensors can be overwritten, as fused kernels may do. */
export interface Overwriting {
  readonly backend: Backend;
  /** Replaces the contents of `x` by those of `by`. The handle of `x` stays valid; `by` is consumed. */
  overwrite(x: Tensor, by: Tensor): void;
}

const OPERATIONS = [
  'matmul',
  'unary',
  'binary',
  'affine',
  'select',
  'sum',
  'max',
  'softmax',
  'logSoftmax',
  'reshape',
  'transpose',
  'slice',
  'concat',
  'gather',
  'scatterAdd',
] as const;

/**
 * @param lateReads if true, a read returns the contents at its end instead of those at its start; a tensor
 * that was freed meanwhile is read as it was
 */
export function overwriting(right: Backend, { lateReads = false } = {}): Overwriting {
  const contents = new Map<Tensor, Tensor>();
  const resolved = (args: unknown): unknown =>
    Array.isArray(args) ? args.map(resolved) : (contents.get(args as Tensor) ?? args);
  const operations = Object.fromEntries(
    OPERATIONS.map((name) => {
      const run = right[name] as (...args: unknown[]) => Tensor;
      return [name, (...args: unknown[]) => run(...args.map(resolved))];
    }),
  ) as Pick<Backend, (typeof OPERATIONS)[number]>;
  const backend: Backend = {
    ...right,
    ...operations,
    // A copy, so that writing into one tensor changes no other.
    reshape(x, shape) {
      const copy = operations.affine(x, 1, 0);
      const y = right.reshape(copy, shape);
      right.free(copy);
      return y;
    },
    async read(x) {
      const before = contents.get(x);
      const read = await right.read(before ?? x);
      const after = contents.get(x);
      return lateReads && after && after !== before ? right.read(after) : read;
    },
    free(x) {
      const content = contents.get(x);
      contents.delete(x);
      // The original contents of x were freed when it was overwritten.
      right.free(content ?? x);
    },
  };
  return {
    backend,
    overwrite(x, by) {
      right.free(contents.get(x) ?? x);
      contents.set(x, by);
    },
  };
}
