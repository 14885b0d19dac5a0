/* Recurra on the CPU: with fused kernels, and composed of the required operations only. */
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
        throw new Error(`requested ${threads} threads, but got ${backend.device}`);
      // The innermost kernel, with its operands in the first-level cache, on one thread of this process.
      const peak = await tileMeter();
      const peaks = () => Array.from({ length: 5 }, peak);
      return openedOn(backend, { version: manifest.version, fused, peaks });
    },
  };
}
