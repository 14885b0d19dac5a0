import { DeviceError } from '@recurra/core';
import { type Kernels, WASM_BASE64 } from './kernels.generated.js';

const PAGE_BYTES = 65_536;
const MOST_PAGES = 65_536;
const FIRST_PAGES = 64;

/** The compiled kernels and the linear memory they work in. */
export interface Wasm {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

/**
 * Starts the kernels with a memory of their own, of 4 MiB that may grow to 4 GiB.
 * @throws DeviceError where there is no WebAssembly with SIMD
 */
export async function instantiate(): Promise<Wasm> {
  if (typeof WebAssembly === 'undefined') {
    throw new DeviceError('cpu: this backend needs WebAssembly, and this environment has none');
  }
  const bytes = Uint8Array.from(atob(WASM_BASE64), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) {
    throw new DeviceError(
      'cpu: this backend needs WebAssembly with 128-bit SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or later)',
    );
  }
  const memory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  return { kernels: instance.exports as unknown as Kernels, memory };
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
