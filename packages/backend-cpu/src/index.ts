import { type Backend, checkOptions } from '@recurra/core';
import { crossEntropy } from './cross-entropy.js';
import { dense } from './dense.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { memory } from './memory.js';
import { optimizer } from './optimizer.js';
import { recurrent } from './recurrent.js';
import { reduce } from './reduce.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';
import { instantiate } from './wasm.js';

/** There is nothing to choose yet. */
export type CpuOptions = Record<string, never>;

/**
 * The CPU backend: the ground floor and the fused kernels in WebAssembly with 128-bit SIMD, in float32, on one thread.
 * Each call is done when it returns. Each backend has a memory of its own, of up to 4 GiB.
 *
 * @throws OptionError for an unknown option; DeviceError where there is no WebAssembly with SIMD, and later, by any
 * operation, where memory is exhausted
 */
export async function cpu(options: CpuOptions = {}): Promise<Backend> {
  checkOptions('cpu', options, {});
  const { upload, read, free, memory: use, dispose, ...arrays } = memory(await instantiate());
  return {
    name: 'cpu',
    device: 'WebAssembly SIMD128, 1 thread',
    precision: 'float32',
    fused: {
      recurrent: recurrent(arrays),
      dense: dense(arrays),
      crossEntropy: crossEntropy(arrays),
      optimizer: optimizer(arrays),
    },
    ...{ upload, read, free, memory: use, dispose },
    ...matmul(arrays),
    ...elementwise(arrays),
    ...reduce(arrays),
    ...shape(arrays),
    ...softmax(arrays),
    ...indexing(arrays),
  };
}
