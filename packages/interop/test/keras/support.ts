import type { Backend, NDArray } from '@recurra/core';
import { type ImportedModel, networkOf } from '@recurra/interop';
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

/** The output of an imported model for a batch. */
export async function outputsOf(
  imported: ImportedModel,
  backend: Backend,
  { data, shape }: Numbers,
): Promise<readonly NDArray[]> {
  const network = networkOf(imported, backend);
  try {
    const { outputs } = await network.predictAll({ data: Float32Array.from(data), shape });
    return Object.values(outputs);
  } finally {
    network.dispose();
  }
}

/** Expects the same shape, and numbers that differ by at most 1e-5. */
export function close(actual: NDArray, expected: Numbers): void {
  expect(actual.shape).toEqual(expected.shape);
  const furthest = Math.max(...Array.from(actual.data, (x, i) => Math.abs(x - expected.data[i])));
  expect(furthest).toBeLessThan(1e-5);
}
