import type { Backend, NDArray } from '@recurra/core';
import { type ImportedModel, networkOf, runnable } from '@recurra/interop';
import { expect } from 'vitest';

export interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** An input, and the output that another system computed for it. */
export interface Recorded {
  readonly input: Numbers;
  readonly outputs: readonly Numbers[];
}

/** The outputs of an imported model of one input for a batch. */
export async function outputsOf(
  imported: ImportedModel,
  backend: Backend,
  { data, shape }: Numbers,
): Promise<readonly NDArray[]> {
  const model = runnable(networkOf(imported, backend), imported);
  try {
    const [{ name }] = model.inputs;
    return Object.values(await model.run({ [name]: { data: Float32Array.from(data), shape } }));
  } finally {
    model.dispose();
  }
}

/** Expects the same shape, and numbers that differ by at most 1e-5. */
export function close(actual: NDArray, expected: Numbers): void {
  expect(actual.shape).toEqual(expected.shape);
  const furthest = Math.max(...Array.from(actual.data, (x, i) => Math.abs(x - expected.data[i])));
  expect(furthest).toBeLessThan(1e-5);
}
