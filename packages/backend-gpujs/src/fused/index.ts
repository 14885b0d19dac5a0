import type { FusedKernels } from '@recurra/core';
import type { Arrays } from '../textures.js';
import { recurrent } from './recurrent.js';

/** The upper floor. */
export function fused(arrays: Arrays): FusedKernels {
  return { recurrent: recurrent(arrays) };
}
