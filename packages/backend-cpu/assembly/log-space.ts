/* Sums of numbers that are given by their logarithms, in the four lanes of a vector. */
import { exp, log } from './math';
import { splat } from './vector';

/**
 * The logarithm of 0. It is finite, because infinity − infinity is NaN, and so small that the sum of it and any logarithm of a
 * probability is still the logarithm of 0.
 */
export const LOG_ZERO: f32 = -1e30;

/** log(e^a + e^b) */
@inline
export function logAdd(a: v128, b: v128): v128 {
  const largest = f32x4.max(a, b);
  const e = exp(f32x4.sub(f32x4.min(a, b), largest));
  return f32x4.add(largest, log(f32x4.add(splat(1), e)));
}

/** log(e^a + e^b + e^c) */
@inline
export function logAdd3(a: v128, b: v128, c: v128): v128 {
  const larger = f32x4.max(a, b);
  const largest = f32x4.max(larger, c);
  const others = f32x4.add(
    exp(f32x4.sub(f32x4.min(a, b), largest)),
    exp(f32x4.sub(f32x4.min(larger, c), largest)),
  );
  return f32x4.add(largest, log(f32x4.add(splat(1), others)));
}
