/* Recurra on the CPU: fused, and composed from the ground floor. */
import { cpu } from '@recurra/backend-cpu';
import { tileMeter } from '@recurra/backend-cpu/measure';
import manifest from '@recurra/backend-cpu/package.json' with { type: 'json' };
import type { System } from '../system.js';
import { openedOn } from './recurra.js';

export const recurraCpu = recurra(true);
export const recurraComposed = recurra(false);

function recurra(fused: boolean): System {
  return {
    async open(threads) {
      const backend = await cpu({ threads });
      if (!new RegExp(`\\b${threads} threads?\\b`).test(backend.device))
        throw new Error(`asked for ${threads} threads, and got ${backend.device}`);
      return openedOn(backend, { version: manifest.version, fused, peaks: await kernelMeter() });
    },
  };
}

/** What the shares are shares of: the innermost kernel, in the first cache, on one thread, in this process. */
async function kernelMeter(): Promise<() => number[]> {
  const measure = await tileMeter();
  return () => Array.from({ length: 5 }, measure);
}
