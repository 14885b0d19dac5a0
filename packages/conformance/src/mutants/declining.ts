/* Fused kernels that decline plain requests. */
import { fused } from './kernels.js';
import type { Mutant } from './mutant.js';

/** The cases to try first. */
const casesOf = (kernel: string) => `kernels/requests: ${kernel}`;
const DIFFERENTIATED = ['recurrent', 'dense', 'crossEntropy', 'scan', 'ctc'] as const;
const KERNELS = [...DIFFERENTIATED, 'optimizer'] as const;

export const decliningKernels: Mutant[] = [
  ...KERNELS.map((kernel) =>
    fused(
      `${kernel}: declines everything`,
      'the kernel accepts no request',
      casesOf(kernel),
      (_, kernels) => ({
        [kernel]: { ...kernels[kernel], declines: () => 'not yet' },
      }),
    ),
  ),
  ...DIFFERENTIATED.map((kernel) =>
    fused(
      `${kernel}: declines all training`,
      'the kernel accepts no request with a gradient',
      casesOf(kernel),
      (_, kernels) => ({
        [kernel]: {
          ...kernels[kernel],
          declines: ({ training }: { training: boolean }) => (training ? 'not in training' : undefined),
        },
      }),
    ),
  ),
];
