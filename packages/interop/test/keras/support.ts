import type { Backend, NDArray } from '@recurra/core';
import { type ImportedModel, networkOf } from '@recurra/interop';
import { expect } from 'vitest';

export interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** An input and what another system makes of it. */
export interface Recorded {
  readonly input: Numbers;
  readonly outputs: readonly Numbers[];
}

/** What an imported model gives for a batch. */
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

/** The same shape, and no number further than 1e-5 away. */
export function close(given: NDArray, expected: Numbers): void {
  expect(given.shape).toEqual(expected.shape);
  const furthest = Math.max(...Array.from(given.data, (x, i) => Math.abs(x - expected.data[i])));
  expect(furthest).toBeLessThan(1e-5);
}
