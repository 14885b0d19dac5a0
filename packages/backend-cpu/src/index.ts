import { type Backend, checkOptions, oneOf, optional } from '@recurra/core';
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
import { instantiate, type Simd } from './wasm.js';

export interface CpuOptions {
  /**
   * The instructions that the kernels use: 'relaxed' has multiplication and addition in one, and needs Node 22 or a
   * browser of its time; 'auto' is relaxed where the engine takes it, else 'simd128'. Default 'auto'.
   */
  readonly simd?: 'auto' | Simd;
}

const DEVICES: Record<Simd, string> = {
  relaxed: 'WebAssembly relaxed SIMD',
  simd128: 'WebAssembly SIMD128',
};

/**
 * The CPU backend: the ground floor and the fused kernels in WebAssembly with 128-bit SIMD, in float32, on one thread.
 * Each call is done when it returns. Each backend has a memory of its own, of up to 4 GiB.
 *
 * @throws OptionError for an unknown option; DeviceError where there is no WebAssembly with SIMD, and later, by any
 * operation, where memory is exhausted
 */
export async function cpu(options: CpuOptions = {}): Promise<Backend> {
  const { simd } = checkOptions('cpu', options, {
    simd: optional(oneOf('auto', 'relaxed', 'simd128'), 'auto'),
  });
  const wasm = await instantiate(simd);
  const { upload, read, free, memory: use, dispose, ...arrays } = memory(wasm);
  return {
    name: 'cpu',
    device: `${DEVICES[wasm.simd]}, 1 thread`,
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
