import { DeviceError } from '@recurra/core';
import { MAX_PAGES, MEMORY_PRIVATE, MEMORY_SHARED } from './abi.generated.js';
import type { Build, Kernels } from './kernels.generated.js';
import { ThreadPool } from './thread-pool.js';
import { canPark } from './workers.js';

const PAGE_BYTES = 65_536;
const INITIAL_PAGES = 64;

/** The SIMD instructions that the kernels are compiled to. */
export type Simd = 'relaxed' | 'simd128';

const BUILDS: Record<Simd, { load(): Promise<{ readonly build: Build }>; readonly requirement: string }> = {
  relaxed: {
    load: () => import('./kernels-relaxed.generated.js'),
    requirement: 'WebAssembly with relaxed SIMD (Node 22 or Chrome 114, or later)',
  },
  simd128: {
    load: () => import('./kernels-simd128.generated.js'),
    requirement: 'WebAssembly with 128-bit SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4, or later)',
  },
};

/** An instance of the compiled kernels, and its linear memory. */
export interface Wasm {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly simd: Simd;
  /** The number of threads in the pool, this one included. */
  readonly threads: number;
  readonly pool: ThreadPool;
}

export interface WasmOptions {
  /** 'auto': relaxed if the engine supports it, else simd128. */
  readonly simd: Simd | 'auto';
  /** More than one need memory that can be shared. */
  readonly threads: number;
}

/**
 * Instantiates the kernels with a new memory, of 4 MiB at first and up to 4 GiB, and starts the thread pool.
 * @throws DeviceError if WebAssembly with the requested SIMD is missing, or a page's policy forbids it; if memory is
 * exhausted; or if a worker cannot be started
 */
export async function instantiate(options: WasmOptions): Promise<Wasm> {
  if (typeof WebAssembly === 'undefined') {
    throw new DeviceError('cpu: this backend needs WebAssembly, and this environment has none');
  }
  const { simd, build } = await chooseBuild(options.simd);
  const { threads } = options;
  const shared = threads > 1;
  const module = await WebAssembly.compile(moduleBytes(build, shared)).catch((cause: Error) => {
    throw new DeviceError(
      `cpu: WebAssembly cannot be compiled here: ${cause.message}. A page whose content-security policy has a script-src must allow 'wasm-unsafe-eval' in it`,
      { cause },
    );
  });
  const memory = newMemory(shared);
  const pool = new ThreadPool(threads, memory);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, park: pool.park } });
  const kernels = exports as unknown as Kernels;
  if (shared) {
    await pool.start(module);
    kernels.joinPool(0, threads, canPark());
  }
  return { kernels, memory, simd, threads, pool };
}

function newMemory(shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAX_PAGES, shared });
  } catch (cause) {
    throw new DeviceError(`cpu: there is no address space left for a memory: ${cause}`, { cause });
  }
}

/**
 * Loads the build to run; that for 128-bit SIMD only if the engine does not support the other one, or it is requested.
 * @throws DeviceError if the engine does not support what is requested
 */
async function chooseBuild(requested: Simd | 'auto'): Promise<{ simd: Simd; build: Build }> {
  for (const simd of ['relaxed', 'simd128'] as const) {
    if (requested !== 'auto' && requested !== simd) continue;
    const { build } = await BUILDS[simd].load();
    if (WebAssembly.validate(moduleBytes(build, false))) return { simd, build };
  }
  if (requested === 'relaxed')
    throw new DeviceError(`cpu: simd: 'relaxed' needs ${BUILDS.relaxed.requirement}`);
  throw new DeviceError(`cpu: this backend needs ${BUILDS.simd128.requirement}`);
}

function moduleBytes({ base64, memoryFlagsOffset }: Build, shared: boolean): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  bytes[memoryFlagsOffset] = shared ? MEMORY_SHARED : MEMORY_PRIVATE;
  return bytes;
}

/** Grows a memory to at least `bytes`, and by a quarter if possible. @returns false if it cannot grow that far */
export function growTo(memory: WebAssembly.Memory, bytes: number): boolean {
  const pages = memory.buffer.byteLength / PAGE_BYTES;
  const needed = Math.ceil(bytes / PAGE_BYTES);
  if (needed <= pages) return true;
  if (needed > MAX_PAGES) return false;
  const generous = Math.min(Math.max(needed, Math.ceil(pages * 1.25)), MAX_PAGES);
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
