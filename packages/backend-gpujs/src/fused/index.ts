import type { FusedKernels } from '@recurra/core';
import type { Arrays } from '../textures.js';

/** The upper floor. */
export function fused(_arrays: Arrays): FusedKernels {
  return {};
}
