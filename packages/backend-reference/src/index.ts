import type { Backend } from '@recurra/core';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { memory } from './memory.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';

/**
 * The reference backend: the required operations in plain loops and float64, and no fused kernel. It defines what every
 * operation means, checks the other backends, and is the template for a new one. It is not fast.
 */
export async function reference(): Promise<Backend> {
  const { get, add, share, ...memoryOperations } = memory();
  const arrays = { get, add, share };
  return {
    contractVersion: 2,
    name: 'reference',
    device: 'TypeScript, float64',
    precision: 'float64',
    fused: {},
    lacks: { fused: 'plain loops, for readability' },
    ...memoryOperations,
    ...matmul(arrays),
    ...elementwise(arrays),
    ...reduce(arrays),
    ...shape(arrays),
    ...softmax(arrays),
    ...indexing(arrays),
  };
}
