import { DeviceError } from '@recurra/core';
import { type Build, type Kernels, RELAXED, SIMD128 } from './kernels.generated.js';
import { availableThreads, canShare, mayPark, Team } from './threads.js';

const PAGE_BYTES = 65_536;
const MOST_PAGES = 65_536;
const FIRST_PAGES = 64;

/** The SIMD instructions that the kernels are compiled to. */
export type Simd = 'relaxed' | 'simd128';

const BUILDS: Record<Simd, { readonly build: Build; readonly needs: string }> = {
  relaxed: {
    build: RELAXED,
    needs: 'WebAssembly with relaxed SIMD (Node 22 or Chrome 114, or later)',
  },
  simd128: {
    build: SIMD128,
    needs: 'WebAssembly with 128-bit SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4, or later)',
  },
};

/** What 'auto' goes up to: the steps of a sequence are too short to be shared among many. */
const MOST_AUTOMATIC_THREADS = 4;

/** The compiled kernels and the linear memory they work in. */
export interface Wasm {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly simd: Simd;
  /** How many threads the kernels can run on, this one included. */
  readonly threads: number;
  readonly team: Team;
}

export interface WasmOptions {
  /** 'auto': relaxed where the engine takes it, else simd128. */
  readonly simd: Simd | 'auto';
  /** One, whatever is asked for, where threads cannot share memory. */
  readonly threads: number | 'auto';
}

/**
 * Starts the kernels with a memory of their own, of 4 MiB that may grow to 4 GiB.
 * @throws DeviceError where there is no WebAssembly with the SIMD that is wanted or a page's policy forbids it, where no memory
 * is left, or a worker cannot be started
 */
export async function instantiate(options: WasmOptions): Promise<Wasm> {
  if (typeof WebAssembly === 'undefined') {
    throw new DeviceError('cpu: this backend needs WebAssembly, and this environment has none');
  }
  const simd = simdFor(options.simd);
  const wanted =
    options.threads === 'auto' ? Math.min(availableThreads(), MOST_AUTOMATIC_THREADS) : options.threads;
  const threads = canShare() ? wanted : 1;
  const shared = threads > 1;
  const module = await WebAssembly.compile(moduleBytes(simd, shared)).catch((cause: Error) => {
    throw new DeviceError(
      `cpu: WebAssembly cannot be compiled here: ${cause.message}. A page whose content-security policy has a script-src must allow 'wasm-unsafe-eval' in it`,
      { cause },
    );
  });
  const memory = firstMemory(shared);
  const team = new Team(threads, memory);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, park: team.park } });
  const kernels = exports as unknown as Kernels;
  if (shared) {
    await team.start(module);
    kernels.join(0, threads, mayPark());
  }
  return { kernels, memory, simd, threads, team };
}

function firstMemory(shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared });
  } catch (cause) {
    throw new DeviceError(`cpu: there is no address space left for a memory: ${cause}`, { cause });
  }
}

function simdFor(wanted: Simd | 'auto'): Simd {
  const takes = (simd: Simd) => WebAssembly.validate(moduleBytes(simd, false));
  if (wanted !== 'simd128' && takes('relaxed')) return 'relaxed';
  if (wanted === 'relaxed') throw new DeviceError(`cpu: simd: 'relaxed' needs ${BUILDS.relaxed.needs}`);
  if (!takes('simd128')) throw new DeviceError(`cpu: this backend needs ${BUILDS.simd128.needs}`);
  return 'simd128';
}

function moduleBytes(simd: Simd, shared: boolean): Uint8Array<ArrayBuffer> {
  const { base64, sharedAt } = BUILDS[simd].build;
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  // The flags of the memory: it has a maximum, and is shared or not.
  bytes[sharedAt] = shared ? 3 : 1;
  return bytes;
}

/** Makes a memory at least `bytes` long, with room to spare if it can be had. False where it cannot be done. */
export function growTo(memory: WebAssembly.Memory, bytes: number): boolean {
  const pages = memory.buffer.byteLength / PAGE_BYTES;
  const needed = Math.ceil(bytes / PAGE_BYTES);
  if (needed <= pages) return true;
  if (needed > MOST_PAGES) return false;
  const generous = Math.min(Math.max(needed, Math.ceil(pages * 1.25)), MOST_PAGES);
  return grow(memory, generous - pages) || grow(memory, needed - pages);
}

function grow(memory: WebAssembly.Memory, pages: number): boolean {
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}
