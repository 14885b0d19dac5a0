import type { Kernels, Launch } from './kernels.js';

/** The kernel that sets every element to its argument. */
export function filler(kernel: Kernels['of']): Launch {
  return kernel('fill', () => ({ source: 'function (value) { return value; }', types: ['number'] }));
}
