/* Kernels with a wrong `prepare`. */
import type { Backend } from '@recurra/core';
import type { RecurrentKernel, RecurrentSpec } from '@recurra/core/backend';
import { fused } from './kernels.js';
import type { Mutant } from './mutant.js';

const prepared = (
  name: string,
  what: string,
  change: (right: Backend, kernel: RecurrentKernel) => Partial<RecurrentKernel>,
): Mutant =>
  fused(`prepare: ${name}`, what, 'kernels/prepare: recurrent', (right, { recurrent }) => ({
    recurrent: { ...recurrent, ...change(right, recurrent) },
  }));

export const preparation: Mutant[] = [
  prepared('rejects', 'prepare rejects for a spec that the kernel accepts', () => ({
    prepare: async ({ units }) => {
      if (units > 16) throw new Error('no such pipeline');
    },
  })),
  prepared('leaves a tensor', 'prepare allocates a tensor that is never freed', (right) => ({
    prepare: async () => void right.fill([16], 0),
  })),
  prepared('busy', 'a request fails while the kernel is prepared', (_, { forward }) => {
    let pending = 0;
    return {
      async prepare() {
        pending += 1;
        await new Promise((resolve) => setTimeout(resolve));
        pending -= 1;
      },
      forward(spec, inputs) {
        if (pending > 0) throw new Error('the pipeline is not ready');
        return forward(spec, inputs);
      },
    };
  }),
  prepared(
    'by the cell alone',
    'a request uses the kernel that was last prepared for its cell',
    (_, { forward }) => {
      const known = new Map<string, RecurrentSpec>();
      return {
        prepare: async (spec) => void known.set(spec.cell, spec),
        forward(spec, inputs) {
          const { activation, reverse, resetAfter } = known.get(spec.cell) ?? spec;
          return forward({ ...spec, activation, reverse, resetAfter }, inputs);
        },
      };
    },
  ),
];
