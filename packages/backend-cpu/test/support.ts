import type { Backend, Shape, Tensor } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import fc from 'fast-check';
import { expect } from 'vitest';

/** Sizes around multiples of a vector (4) and a panel (16). */
export const size = fc.constantFrom(0, 1, 3, 4, 5, 15, 16, 17, 33, 48, 63, 65);

/** Pseudo-random numbers from -1 to 1. They are float32, so every backend gets exactly the same ones. */
export function numbers(count: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}

export function tensor(backend: Backend, shape: Shape, seed: number): Tensor {
  return backend.upload(numbers(sizeOf(shape), seed), shape);
}

/** Fails if an element differs from the exact one, as float32, by more than `tolerance` times the largest magnitude (or 1). */
export function expectClose(
  actual: ArrayLike<number>,
  exact: ArrayLike<number>,
  tolerance: number,
  what: string,
) {
  expect(actual.length, what).toBe(exact.length);
  const expected = Float32Array.from(exact);
  const finite = expected.filter(Number.isFinite);
  const scale = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i]) || Math.abs(actual[i] - expected[i]) <= tolerance * scale) continue;
    expect.fail(`${what}: element ${i} of ${expected.length} is ${actual[i]}, expected ${expected[i]}`);
  }
}
