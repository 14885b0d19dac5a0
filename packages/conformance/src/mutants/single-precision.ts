import type { Backend } from '@recurra/core';

/**
 * A correct float32 backend made from a float64 one: it computes in float64, and rounds uploads and reads.
 */
export function singlePrecision(right: Backend): Backend {
  return {
    ...right,
    precision: 'float32',
    upload: (data, shape) => right.upload(Float32Array.from(data), shape),
    read: async (x) => Float32Array.from(await right.read(x)),
    memory: () => ({ ...right.memory(), bytes: right.memory().bytes / 2 }),
  };
}
