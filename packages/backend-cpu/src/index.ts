import type { Backend } from '@recurra/core';
import { checkOptions, oneOf, optional, threadCount } from '@recurra/core/backend';
import { MAX_THREADS } from './abi.generated.js';
import { crossEntropy } from './cross-entropy.js';
import { ctc } from './ctc.js';
import { dense } from './dense.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { optimizer } from './optimizer.js';
import { recurrent } from './recurrent.js';
import { reduce } from './reduce.js';
import { scan } from './scan.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';
import { start } from './start.js';
import type { Share } from './tasks.js';
import type { Simd } from './wasm.js';

/** Options of {@link cpu}. */
export interface CpuOptions {
  /**
   * The SIMD instructions to use. 'relaxed' multiplies and adds in one instruction, and needs Node 22, Chrome 114, or later;
   * 'simd128' works everywhere; 'auto' is 'relaxed' if the engine supports it, else 'simd128'. Default 'auto'.
   */
  readonly simd?: 'auto' | Simd;
  /**
   * The number of threads, from 1 to 64, or 'auto': as many as the processor has, up to 4, if they are faster than one, which
   * is measured once in a process. A page that is not cross-origin isolated has only one, because threads cannot share memory
   * there; `device` says why, if there is only one. Small layers run on one thread. Default 'auto'.
   */
  readonly threads?: number | 'auto';
  /**
   * The recurrent layers, scans and CTC losses that run on all threads. 'auto': those that are large enough to be faster.
   * 'always': all, so that small tests test the threads too. Default 'auto'.
   */
  readonly share?: Share;
}

const DEVICES: Record<Simd, string> = {
  relaxed: 'WebAssembly relaxed SIMD',
  simd128: 'WebAssembly SIMD128',
};

/**
 * Creates a CPU backend: the required operations and fused kernels in WebAssembly with 128-bit SIMD, in
 * float32, on one or more threads. Calls are synchronous, except `read`. Each backend has its own memory of
 * up to 4 GiB.
 *
 * @throws OptionError for an unknown option or value. DeviceError if the engine has no WebAssembly with SIMD. Later, any
 * operation throws a DeviceError if memory is exhausted or a thread was lost; tensors can still be read then.
 */
export async function cpu(options: CpuOptions = {}): Promise<Backend> {
  const checked = checkOptions('cpu', options, {
    simd: optional(oneOf('auto', 'relaxed', 'simd128'), 'auto'),
    threads: optional(threadCount(MAX_THREADS), 'auto'),
    share: optional(oneOf('auto', 'always'), 'auto'),
  });
  const { simd, threads, pool, whyOneThread, memory } = await start(checked);
  const { upload, read, free, memory: usage, int8, dispose, ...context } = memory;
  const count = `${threads} thread${threads === 1 ? '' : 's'}`;
  return {
    contractVersion: 2,
    name: 'cpu',
    device: `${DEVICES[simd]}, ${count}${whyOneThread ? ` (${whyOneThread})` : ''}`,
    precision: 'float32',
    ...(threads > 1 && { lost: pool.whenLost }),
    fused: {
      recurrent: recurrent(context, checked.share),
      dense: dense(context),
      crossEntropy: crossEntropy(context),
      scan: scan(context, checked.share),
      ctc: ctc(context, checked.share),
      optimizer: optimizer(context),
    },
    ...{ upload, read, free, memory: usage, int8, dispose },
    ...matmul(context),
    ...elementwise(context),
    ...reduce(context),
    ...shape(context),
    ...softmax(context),
    ...indexing(context),
  };
}
