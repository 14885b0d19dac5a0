/* Decides how many threads a backend has, and starts them. */
import { DeviceError } from '@recurra/core';
import { type Calibration, calibrate } from './calibrate.js';
import { memory } from './memory.js';
import { instantiate, type Simd, type Wasm } from './wasm.js';
import { availableThreads, canShareMemory } from './workers.js';

/**
 * The largest number of threads that 'auto' uses, because the steps of a sequence are too short to share
 * among many.
 */
const MAX_AUTO_THREADS = 4;

/** With 'auto', the least speed-up of a long pass for which the threads are kept. */
const MIN_SPEEDUP = 1.2;

/** What was measured in this process, by the kind of SIMD and the number of threads; only where threads help. */
const calibrations = new Map<string, Calibration>();

export interface StartOptions {
  readonly simd: Simd | 'auto';
  readonly threads: number | 'auto';
}

export interface Started extends Pick<Wasm, 'simd' | 'threads' | 'pool'> {
  readonly memory: ReturnType<typeof memory>;
  /** Why there is only one thread, if more were wanted. */
  readonly whyOneThread?: string;
}

/**
 * Instantiates the kernels, starts the threads, and measures what it costs to share a task among them: once in a process for
 * each number of threads. Where they do not help, perhaps because other programs keep the cores busy, the next backend measures
 * again.
 * @throws DeviceError as `instantiate`; with 'auto', threads that cannot be started are no error
 */
export async function start({ simd, threads }: StartOptions): Promise<Started> {
  if (threads === 1) return startOne(simd);
  if (!canShareMemory()) return startOne(simd, 'threads need a page that is cross-origin isolated');
  if (threads !== 'auto') return startMany(simd, threads);
  const count = Math.min(availableThreads(), MAX_AUTO_THREADS);
  if (count === 1) return startOne(simd, 'the processor has one core');
  let started: Started;
  try {
    started = await startMany(simd, count);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    // If the cause was another one than the threads, it is thrown again here.
    return startOne(simd, error.message);
  }
  const { speedup } = calibrationOf(started);
  if (speedup >= MIN_SPEEDUP) return started;
  started.memory.dispose();
  calibrations.clear();
  return startOne(simd, `${count} threads were ${speedup.toFixed(1)} times as fast as one`);
}

async function startOne(simd: Simd | 'auto', whyOneThread?: string): Promise<Started> {
  const wasm = await instantiate({ simd, threads: 1 });
  return { ...wasm, memory: memory(wasm), whyOneThread };
}

async function startMany(simd: Simd | 'auto', threads: number): Promise<Started> {
  const wasm = await instantiate({ simd, threads });
  const started = { ...wasm, memory: memory(wasm) };
  wasm.pool.costs = calibrationOf(started).costs;
  return started;
}

function calibrationOf({ simd, threads, memory }: Started): Calibration {
  const key = `${simd} ${threads}`;
  let calibration = calibrations.get(key);
  if (!calibration) {
    calibration = calibrate(memory);
    calibrations.set(key, calibration);
  }
  return calibration;
}
