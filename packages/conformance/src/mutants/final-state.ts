/* Fused recurrent kernels that are wrong only if just the final state is requested. */
import type { Tape, Tensor } from '@recurra/core';
import type { RecurrentSpec } from '@recurra/core/backend';
import { type RecurrentChange, recurrentKernel } from './baseline-kernels.js';
import { firstOnly, fused, only, recurrent } from './kernels.js';
import type { Mutant } from './mutant.js';

const FIRST = 'recurrent/final-state: ';

const finalOnly = (
  name: string,
  what: string,
  change: RecurrentChange,
  where: (spec: RecurrentSpec) => boolean = () => true,
): Mutant =>
  recurrent(
    `final state: ${name}`,
    what,
    only((spec) => !spec.sequence && where(spec), change),
    FIRST,
  );

/** Takes the state of the rows from `limit` on from `wrong`, and that of the other rows unchanged. */
const laterRows = (tape: Tape, right: Tensor, wrong: Tensor, limit: number): Tensor => {
  const [rows] = right.shape;
  if (rows <= limit) return right;
  const part = (x: Tensor, i: number) => tape.split(x, [limit, rows - limit], 0)[i];
  return tape.concat([part(right, 0), part(wrong, 1)], 0);
};

/** Computes the rows from `limit` on as if they had all steps. */
const withoutLengths = (limit: number): RecurrentChange => ({
  forward(tape, spec, args, right) {
    const result = right(tape, spec, args);
    if (!args.lengths) return result;
    const { lengths, ...rest } = args;
    const wrong = right(tape, { ...spec, lengths: false }, rest);
    return { ...result, state: result.state.map((x, i) => laterRows(tape, x, wrong.state[i], limit)) };
  },
});

export const finalState: Mutant[] = [
  finalOnly(
    'that of step T − 1',
    'the final state is taken from the last step, in spite of the lengths',
    withoutLengths(0),
  ),
  finalOnly(
    'that of step T − 1, from row 64 on',
    'from the 64th row on, the final state is taken from the last step, in spite of the lengths',
    withoutLengths(64),
  ),
  finalOnly('y of the last step', 'h is the output of the last step, zero past a row’s length', {
    forward(tape, spec, args, right) {
      const { y, state } = right(tape, spec, args);
      if (spec.time === 0) return { y, state };
      const at = spec.reverse ? 0 : spec.time - 1;
      const { batch, outputSize } = spec;
      const last = tape.reshape(tape.slice(y, [at, 0, 0], [1, batch, outputSize]), [batch, outputSize]);
      return { y, state: [last, ...state.slice(1)] };
    },
  }),
  finalOnly('forwards', 'the direction is ignored', {
    forward: (tape, spec, args, right) => right(tape, { ...spec, reverse: false }, args),
  }),
  finalOnly('from zero', 'the initial state is ignored', {
    forward(tape, spec, { initialState, ...args }, right) {
      const zero = initialState?.map((x) => tape.affine(x, 0));
      return right(tape, spec, { ...args, ...(zero && { initialState: zero }) });
    },
  }),
  finalOnly('32 units', 'state units past the first 32 are zero', {
    forward(tape, spec, args, right) {
      const { y, state } = right(tape, spec, args);
      return { y, state: state.map((x) => firstOnly(tape, x, 1, 32)) };
    },
  }),
  finalOnly(
    'c without gradient',
    'the gradient of the final cell state is not propagated',
    { seeds: (_, { state: [h] }) => ({ state: [h] }) },
    ({ cell }) => cell === 'lstm',
  ),
  finalOnly(
    'h without gradient',
    'the gradient of h is not propagated if c has a gradient',
    { seeds: (_, { state: [h, c] }) => ({ state: c ? [undefined, c] : [h] }) },
    ({ cell }) => cell === 'lstm',
  ),
  finalOnly(
    'the gradient of every step',
    'the gradient of h is also used as the gradient of each step’s output',
    {
      seeds(tape, { state }, { time, batch, outputSize }) {
        const [h] = state;
        const y =
          h && tape.add(tape.fill([time, batch, outputSize], 0), tape.reshape(h, [1, batch, outputSize]));
        return { state, ...(y && { y }) };
      },
    },
  ),
  finalOnly(
    'an initial state without gradient',
    'the gradient of the initial state is zero',
    {
      gradients: (tape, result) => ({
        ...result,
        initialState: result.initialState?.map((x) => tape.affine(x, 0)),
      }),
    },
    ({ initialState }) => initialState,
  ),
  fused(
    'final state: needs y',
    'backward fails if forward did not return the outputs of the steps',
    FIRST,
    (right) => {
      const kernel = recurrentKernel(right);
      return {
        recurrent: {
          ...kernel,
          backward(spec, inputs, outputs, gradients) {
            if (!outputs.y) throw new Error('there is no y');
            return kernel.backward(spec, inputs, outputs, gradients);
          },
        },
      };
    },
  ),
];
