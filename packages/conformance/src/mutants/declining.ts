/* Fused kernels that are there, and decline what they are there for. */
import { fused } from './kernels.js';
import type { Mutant } from './mutant.js';

const FIRST = 'fused';
const KERNELS = ['recurrent', 'dense', 'crossEntropy', 'optimizer'] as const;
const DIFFERENTIATED = ['recurrent', 'dense', 'crossEntropy'] as const;

export const decliningKernels: Mutant[] = [
  ...KERNELS.map((kernel) =>
    fused(`${kernel}: declines everything`, 'a kernel that takes no request', FIRST, (_, kernels) => ({
      [kernel]: { ...kernels[kernel], declines: () => 'not yet' },
    })),
  ),
  ...DIFFERENTIATED.map((kernel) =>
    fused(
      `${kernel}: declines all training`,
      'a kernel that takes no request with a gradient',
      FIRST,
      (_, kernels) => ({
        [kernel]: {
          ...kernels[kernel],
          declines: ({ training }: { training: boolean }) => (training ? 'not in training' : undefined),
        },
      }),
    ),
  ),
];
