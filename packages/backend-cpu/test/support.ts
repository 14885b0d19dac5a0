import { type Backend, type Shape, sizeOf, type Tensor } from '@recurra/core';
import fc from 'fast-check';
import { expect } from 'vitest';

/** Sizes around the edges of vectors, panels and blocks. */
export const size = fc.constantFrom(0, 1, 3, 4, 5, 15, 16, 17, 33, 48, 63, 65);

/** The same numbers for the same seed; the same for every backend, for they are float32. */
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

/** Element by element within `tolerance` of the largest magnitude expected (or of 1), as float32. */
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
