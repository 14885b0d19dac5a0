/* Kernels whose `prepare` is wrong. */
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
  prepared('rejects', 'it is refused for a spec that the kernel takes', () => ({
    prepare: async ({ units }) => {
      if (units > 16) throw new Error('no such pipeline');
    },
  })),
  prepared('leaves a tensor', 'it allocates what nobody frees', (right) => ({
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
  prepared('by the cell alone', 'a request takes what was last prepared of its cell', (_, { forward }) => {
    const known = new Map<string, RecurrentSpec>();
    return {
      prepare: async (spec) => void known.set(spec.cell, spec),
      forward(spec, inputs) {
        const { activation, reverse, resetAfter } = known.get(spec.cell) ?? spec;
        return forward({ ...spec, activation, reverse, resetAfter }, inputs);
      },
    };
  }),
];
