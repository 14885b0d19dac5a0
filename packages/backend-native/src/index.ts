import { availableParallelism } from 'node:os';
import type { Backend } from '@recurra/core';
import { checkOptions, checkValue, oneOf, optional, threadCount } from '@recurra/core/backend';
import { openDevice } from './addon.js';
import { crossEntropy } from './cross-entropy.js';
import { ctc } from './ctc.js';
import { dense } from './dense.js';
import { elementwise } from './elementwise.js';
import { indexing } from './indexing.js';
import { matmul } from './matmul.js';
import { memory } from './memory.js';
import { optimizer } from './optimizer.js';
import { recurrent } from './recurrent.js';
import { reduce } from './reduce.js';
import { scan } from './scan.js';
import { shape } from './shape.js';
import { softmax } from './softmax.js';

const instructionSet = oneOf('auto', 'avx512', 'avx2', 'portable', 'neon', 'wide');

/** Options of {@link native}. */
export interface NativeOptions {
  /**
   * The instruction set of the kernels: 'avx512', 'avx2' or 'portable' (SSE2) on x64, 'neon' on arm64; 'wide' is for tests, and only
   * in an addon that was built with it. 'auto': the fastest that the processor has. Default: the environment variable
   * RECURRA_NATIVE_INSTRUCTIONS, or 'auto'.
   */
  readonly instructions?: 'auto' | 'avx512' | 'avx2' | 'portable' | 'neon' | 'wide';
  /**
   * The number of threads, from 1 to 64, or 'auto': as many as the processor has, up to 4. Small layers run on one thread. Default
   * 'auto'.
   */
  readonly threads?: number | 'auto';
  /**
   * What runs on all threads. 'auto': the products and layers that are large enough to be faster. 'always': all, so that small tests
   * test the threads too. Default 'auto'.
   */
  readonly share?: 'auto' | 'always';
}

const MAX_THREADS = 64;
const MAX_AUTO_THREADS = 4;

/**
 * Creates a backend for the CPU in native code, in float32, for Node on servers. Calls are synchronous, except `read`.
 *
 * @throws OptionError for an unknown option or value, or an instruction set that the addon was not built with. DeviceError if there is
 *   no compiled addon for this platform, or the processor lacks the instruction set. Later, any operation throws a DeviceError if
 *   memory is exhausted
 */
export async function native(options: NativeOptions = {}): Promise<Backend> {
  const checked = checkOptions('native', options, {
    instructions: optional(instructionSet, instructionsOfEnvironment()),
    threads: optional(threadCount(MAX_THREADS), 'auto'),
    share: optional(oneOf('auto', 'always'), 'auto'),
  });
  const threads =
    checked.threads === 'auto' ? Math.min(availableParallelism(), MAX_AUTO_THREADS) : checked.threads;
  const device = openDevice(checked.instructions, threads, checked.share === 'always');
  const { upload, read, free, memory: usage, int8, dispose, ...context } = memory(device);
  return {
    contractVersion: 2,
    name: 'native',
    device: `${device.instructions}, ${threads} thread${threads === 1 ? '' : 's'}`,
    precision: 'float32',
    fused: {
      recurrent: recurrent(context),
      dense: dense(context),
      crossEntropy: crossEntropy(context),
      scan: scan(context),
      ctc: ctc(context),
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

function instructionsOfEnvironment(): 'auto' | 'avx512' | 'avx2' | 'portable' | 'neon' | 'wide' {
  const { RECURRA_NATIVE_INSTRUCTIONS: value = 'auto' } = process.env;
  return checkValue('native: RECURRA_NATIVE_INSTRUCTIONS', value, instructionSet);
}
