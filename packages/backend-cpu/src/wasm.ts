import { DeviceError } from '@recurra/core';
import { type Kernels, RELAXED, SIMD128 } from './kernels.generated.js';

const PAGE_BYTES = 65_536;
const MOST_PAGES = 65_536;
const FIRST_PAGES = 64;

/** The SIMD instructions that the kernels are compiled to. */
export type Simd = 'relaxed' | 'simd128';

const BUILDS: Record<Simd, { readonly base64: string; readonly needs: string }> = {
  relaxed: {
    base64: RELAXED,
    needs: 'WebAssembly with relaxed SIMD (Node 22 or Chrome 114, or later)',
  },
  simd128: {
    base64: SIMD128,
    needs: 'WebAssembly with 128-bit SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4, or later)',
  },
};

/** The compiled kernels and the linear memory they work in. */
export interface Wasm {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly simd: Simd;
}

/**
 * Starts the kernels with a memory of their own, of 4 MiB that may grow to 4 GiB.
 *
 * @param wanted 'auto': relaxed where the engine takes it, else simd128
 * @throws DeviceError where there is no WebAssembly with the SIMD that is wanted
 */
export async function instantiate(wanted: Simd | 'auto'): Promise<Wasm> {
  if (typeof WebAssembly === 'undefined') {
    throw new DeviceError('cpu: this backend needs WebAssembly, and this environment has none');
  }
  const relaxed = wanted === 'simd128' ? undefined : validBytes('relaxed');
  if (wanted === 'relaxed' && !relaxed) {
    throw new DeviceError(`cpu: simd: 'relaxed' needs ${BUILDS.relaxed.needs}`);
  }
  const bytes = relaxed ?? validBytes('simd128');
  if (!bytes) throw new DeviceError(`cpu: this backend needs ${BUILDS.simd128.needs}`);
  const memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const kernels = instance.exports as unknown as Kernels;
  return { kernels, memory, simd: relaxed ? 'relaxed' : 'simd128' };
}

/** The module, if this engine takes it. */
function validBytes(simd: Simd): Uint8Array<ArrayBuffer> | undefined {
  const bytes = Uint8Array.from(atob(BUILDS[simd].base64), (character) => character.charCodeAt(0));
  return WebAssembly.validate(bytes) ? bytes : undefined;
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
