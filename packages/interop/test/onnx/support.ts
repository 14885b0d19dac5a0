import type { NDArray } from '@recurra/core';
import ort from 'onnxruntime-node';
import { expect } from 'vitest';

/** Pseudo-random numbers from a seed, as float32 in ±1. */
export function numbers(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 1) | 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}

/** The feeds in onnxruntime's types. */
export type OrtFeed = NDArray & {
  readonly dtype?: 'float32' | 'int8' | 'uint8' | 'int32' | 'int64' | 'bool' | 'float64';
};

/**
 * The model's outputs from onnxruntime.
 * @param graphOptimizationLevel with 'all', the default, it may multiply in 8 bits what DequantizeLinear has expanded
 * @throws onnxruntime's error if it rejects the model
 */
export async function onnxruntime(
  bytes: Uint8Array,
  feeds: Readonly<Record<string, OrtFeed>>,
  graphOptimizationLevel: 'all' | 'basic' = 'all',
): Promise<Record<string, NDArray>> {
  const session = await ort.InferenceSession.create(bytes, {
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
    graphOptimizationLevel,
  });
  try {
    const tensors = Object.entries(feeds).map(([name, feed]) => [name, ortTensor(feed)] as const);
    const outputs = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data, dims }]) => [
        name,
        { data: Float64Array.from(data as ArrayLike<number | bigint>, Number), shape: dims },
      ]),
    );
  } finally {
    await session.release();
  }
}

function ortTensor({ data, shape, dtype = 'float32' }: OrtFeed): ort.Tensor {
  const converted = {
    float32: () => Float32Array.from(data),
    float64: () => Float64Array.from(data),
    int8: () => Int8Array.from(data),
    uint8: () => Uint8Array.from(data),
    int32: () => Int32Array.from(data),
    int64: () => BigInt64Array.from(Array.from(data, BigInt)),
    bool: () => Uint8Array.from(data),
  }[dtype]();
  return new ort.Tensor(dtype, converted as never, [...shape]);
}

/**
 * Compares element by element. `tolerance` is relative to the largest expected magnitude, or to 1 if that is
 * larger.
 */
export function expectClose(actual: NDArray, expected: NDArray, what: string, tolerance = 1e-5): void {
  expect(actual.shape, what).toEqual(expected.shape);
  const scale = Array.from(expected.data).reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  for (let i = 0; i < expected.data.length; i++) {
    if (Object.is(actual.data[i], expected.data[i])) continue;
    if (Math.abs(actual.data[i] - expected.data[i]) <= tolerance * scale) continue;
    expect.fail(`${what}: element ${i} is ${actual.data[i]}, expected ${expected.data[i]}`);
  }
}
