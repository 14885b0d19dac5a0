import { type Backend, checkOptions, custom, oneOf, optional } from '@recurra/core';
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
import type { Share } from './team.js';
import { instantiate, type Simd } from './wasm.js';

export interface CpuOptions {
  /**
   * The instructions that the kernels use: 'relaxed' has multiplication and addition in one, and needs Node 22 or a
   * browser of its time; 'auto' is relaxed where the engine takes it, else 'simd128'. Default 'auto'.
   */
  readonly simd?: 'auto' | Simd;
  /**
   * The most threads to use, from 1 to 64, or 'auto': those of the processor, up to 4. There is one where threads cannot
   * share memory: in a page that is not cross-origin isolated. Small work is done on one. Default 1.
   */
  readonly threads?: number | 'auto';
  /**
   * Which walks over a sequence the threads share: 'auto', those that are faster for it; 'always', every one, so that a
   * test of any size is one of the threads too. Default 'auto'.
   */
  readonly share?: Share;
}

/** As many as assembly/team.ts has room for. */
const MOST_THREADS = 64;

const DEVICES: Record<Simd, string> = {
  relaxed: 'WebAssembly relaxed SIMD',
  simd128: 'WebAssembly SIMD128',
};

/**
 * The CPU backend: the ground floor and the fused kernels in WebAssembly with 128-bit SIMD, in float32, on one thread or more.
 * Each call is done when it returns. Each backend has a memory of its own, of up to 4 GiB.
 *
 * @throws OptionError for an unknown option; DeviceError where there is no WebAssembly with SIMD, and later, by any
 * operation, where memory is exhausted, or where a thread was lost; what there is then can still be read
 */
export async function cpu(options: CpuOptions = {}): Promise<Backend> {
  const checked = checkOptions('cpu', options, {
    simd: optional(oneOf('auto', 'relaxed', 'simd128'), 'auto'),
    threads: optional(custom<number | 'auto'>("a whole number from 1 to 64, or 'auto'", isThreads), 1),
    share: optional(oneOf('auto', 'always'), 'auto'),
  });
  const wasm = await instantiate(checked);
  const { upload, read, free, memory: use, dispose, ...arrays } = memory(wasm);
  return {
    name: 'cpu',
    device: `${DEVICES[wasm.simd]}, ${wasm.threads} thread${wasm.threads === 1 ? '' : 's'}`,
    precision: 'float32',
    ...(wasm.threads > 1 && { lost: wasm.team.whenLost }),
    fused: {
      recurrent: recurrent(arrays, checked.share),
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

function isThreads(value: unknown): boolean {
  const isCount = Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_THREADS;
  return value === 'auto' || isCount;
}
