import type { Backend } from '@recurra/core';

/** A float64 backend as one in float32: it computes as before, and rounds what goes in and what is read. Right. */
export function singlePrecision(right: Backend): Backend {
  return {
    ...right,
    precision: 'float32',
    upload: (data, shape) => right.upload(Float32Array.from(data), shape),
    read: async (x) => Float32Array.from(await right.read(x)),
    memory: () => ({ ...right.memory(), bytes: right.memory().bytes / 2 }),
  };
}
