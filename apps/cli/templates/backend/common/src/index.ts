import type { Backend } from '@recurra/core';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { memory, NAME } from './memory.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';

/** Makes the backend. Say here what it runs on, what its options are, and which errors it throws. */
export async function __factory__(): Promise<Backend> {
  const { upload, read, free, memory: use, dispose, ...arrays } = memory();
  return {
    name: NAME,
    device: 'TypeScript, float32',
    precision: 'float32',
    // The upper floor, for later. Take the lack away when the first kernel is in its place.
    fused: {},
    lacks: { fused: 'no fused kernels yet' },
    ...{ upload, read, free, memory: use, dispose },
    ...matmul(arrays),
    ...elementwise(arrays),
    ...reduce(arrays),
    ...shape(arrays),
    ...softmax(arrays),
    ...indexing(arrays),
  };
}

// By this the command finds it: `recurra conformance --backend ./dist/index.js`.
export default __factory__;
