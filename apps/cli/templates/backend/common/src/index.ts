import type { Backend } from '@recurra/core';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { memory, NAME } from './memory.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';

/** Creates the backend. Document here what it runs on, its options, and its errors. */
export async function __factory__(): Promise<Backend> {
  const { upload, read, free, memory: use, dispose, ...context } = memory();
  return {
    contractVersion: 2,
    name: NAME,
    device: 'TypeScript, float32',
    precision: 'float32',
    // Optional fused kernels, for later. Remove `fused` from `lacks` when you add the first one.
    fused: {},
    lacks: { fused: 'no fused kernels yet' },
    ...{ upload, read, free, memory: use, dispose },
    ...matmul(context),
    ...elementwise(context),
    ...reduce(context),
    ...shape(context),
    ...softmax(context),
    ...indexing(context),
  };
}

// The command `recurra conformance --backend ./dist/index.js` uses the default export.
export default __factory__;
