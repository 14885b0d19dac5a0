/* Fused recurrent kernels whose step is right but whose scan over the sequence is wrong. */
import type { Backend, Tape, Tensor } from '@recurra/core';
import type { RecurrentInputs } from '@recurra/core/backend';
import { type Composition, type RecurrentChange, recurrentKernel } from './baseline-kernels.js';
import { hiding } from './hiding.js';
import { inputs, recurrent, request, validSteps, zeros } from './kernels.js';
import { type Mutant, mutant, roundTo } from './mutant.js';

type Outputs = ReturnType<Composition>;

/** Changes the correct outputs. */
export function outputs(
  change: (tape: Tape, right: Outputs, args: RecurrentInputs, reverse: boolean) => Partial<Outputs>,
): RecurrentChange {
  return {
    forward(tape, spec, args, right) {
      const result = right(tape, spec, args);
      return { ...result, ...change(tape, result, args, spec.reverse) };
    },
  };
}

/** Scans without lengths, then sets the outputs past them to zero. */
export const computePadded: NonNullable<RecurrentChange['forward']> = (tape, spec, args, right) => {
  const { y, state } = right(tape, spec, { ...args, lengths: undefined });
  const valid = validSteps(tape, args.lengths, spec.time);
  return { y: valid ? tape.mul(y, valid) : y, state };
};

/** Changes the lengths by `steps` steps. */
const longer = (by: number) =>
  inputs((tape, { lengths }) => ({ lengths: lengths && tape.affine(lengths, 1, by) }));

const lengths: Mutant[] = [
  recurrent('lengths: one more', 'one step past a row’s length is processed', longer(1)),
  recurrent('lengths: one less', 'the last valid step is skipped', longer(-1)),
  recurrent(
    'lengths: ignored',
    'every row is processed to the end',
    inputs(() => ({ lengths: undefined })),
  ),
  recurrent('lengths: the state goes on', 'the final state is that of the last step, even if it is padding', {
    forward: computePadded,
  }),
  recurrent('reverse: from the padded end', 'the reverse direction reads the padding first', {
    forward: (tape, spec, args, right) =>
      spec.reverse ? computePadded(tape, spec, args, right) : right(tape, spec, args),
  }),
  recurrent(
    'lengths: the output goes on',
    'a row repeats its last output past its length',
    outputs((tape, { y, state: [h] }, { lengths }) => {
      const valid = validSteps(tape, lengths, y.shape[0]);
      return valid ? { y: tape.select(valid, y, tape.reshape(h, [1, ...h.shape])) } : {};
    }),
  ),
  recurrent(
    'lengths: the state is zero',
    'the final state of a shorter row is zero',
    outputs((tape, { y, state }, { lengths }) => {
      if (!lengths) return {};
      const full = tape.step(tape.affine(lengths, 1, 0.5 - y.shape[0]));
      return { state: state.map((x) => tape.mul(x, tape.reshape(full, [x.shape[0], 1]))) };
    }),
  ),
  recurrent(
    'lengths: one for all',
    'all rows have the length of the first',
    inputs((tape, { lengths }) => ({
      lengths: lengths && tape.add(zeros(tape, lengths), tape.slice(lengths, [0], [1])),
    })),
  ),
];

const directions: Mutant[] = [
  recurrent(
    'reverse: ignored',
    'the reverse direction runs from the first step to the last',
    request(() => ({ reverse: false })),
  ),
  recurrent(
    'reverse: in the order of reading',
    'y[0] is the output of the step that was processed first',
    outputs((tape, { y }, _, reverse) => {
      if (!reverse) return {};
      const { shape } = y;
      const steps = tape.split(y, new Array(shape[0]).fill(1), 0);
      return { y: tape.concat(steps.reverse(), 0) };
    }),
  ),
  recurrent(
    'reverse: the state of the other end',
    'the final state is the output at the last input step',
    outputs((tape, { y, state: [h, ...rest] }, _, reverse) => {
      const [time, ...row] = y.shape;
      return reverse
        ? { state: [tape.reshape(tape.slice(y, [time - 1, 0, 0], [1, ...row]), h.shape), ...rest] }
        : {};
    }),
  ),
];

const state: Mutant[] = [
  recurrent(
    'h0 ignored',
    'the output before the first step is zero',
    inputs((tape, { initialState: args }) => ({
      initialState: args?.map((x, i) => (i === 0 ? zeros(tape, x) : x)),
    })),
  ),
  recurrent(
    'c0 ignored',
    'the cell state before the first step is zero',
    inputs((tape, { initialState: args }) => ({
      initialState: args?.map((x, i) => (i === 1 ? zeros(tape, x) : x)),
    })),
  ),
  recurrent(
    'h0 of the first row',
    'the h0 of the first row is used for all rows',
    inputs((tape, { initialState: args }) => ({
      initialState: args?.map((x) => tape.add(zeros(tape, x), tape.slice(x, [0, 0], [1, x.shape[1]]))),
    })),
  ),
  recurrent(
    'final state: one step early',
    'h is the output of the second-to-last step',
    outputs((tape, { y, state: [h, ...rest] }, _, reverse) => {
      const [time, ...row] = y.shape;
      if (time < 2) return {};
      const at = reverse ? 1 : time - 2;
      return { state: [tape.reshape(tape.slice(y, [at, 0, 0], [1, ...row]), h.shape), ...rest] };
    }),
  ),
  recurrent(
    'final state: c, h',
    'the two are swapped if their shapes are the same',
    outputs((_, { state: [h, c] }) => (c && c.shape.join() === h.shape.join() ? { state: [c, h] } : {})),
  ),
  remembering(
    'state: stale',
    'a call without an initial state starts from the final state of the last call of its shape',
    'state',
  ),
  remembering(
    'weights: packed once',
    'all calls use the recurrent kernel of the first call of the same shape',
    'kernel',
  ),
];

const sizes: Mutant[] = [
  recurrent(
    'batch: 64 rows',
    'the outputs of rows past the first 64 are zero',
    outputs((tape, { y }) => {
      const [time, batch, width] = y.shape;
      if (batch <= 64) return {};
      const [rows, rest] = tape.split(y, [64, batch - 64], 1);
      return { y: tape.reshape(tape.concat([rows, zeros(tape, rest)], 1), [time, batch, width]) };
    }),
    'sizes: rnn: batch 65',
  ),
  recurrent(
    'units: 48 columns',
    'the recurrent product leaves out the columns after the last full tile of 16',
    {
      forward(tape, spec, args, right) {
        const { recurrentKernel } = args.weights;
        const [rows, columns] = recurrentKernel.shape;
        const left = rows % 16;
        if (rows <= 48 || left === 0) return right(tape, spec, args);
        const parts = tape.split(recurrentKernel, [rows - left, left], 0);
        const cut = tape.reshape(tape.concat([parts[0], zeros(tape, parts[1])], 0), [rows, columns]);
        return right(tape, spec, { ...args, weights: { ...args.weights, recurrentKernel: cut } });
      },
    },
    'sizes: rnn: batch 1, ',
  ),
  recurrent(
    'output: half precision',
    'the outputs are rounded to 11 bits',
    outputs((tape, { y }) => ({ y: roundTo(11, tape, y) })),
  ),
];

/** Stores a tensor of one call and uses it in later calls in place of tensors of the same shape. */
function remembering(name: string, what: string, kind: 'state' | 'kernel'): Mutant {
  return mutant(name, what, 'gradients/recurrent', (right: Backend) => {
    const { hidden, ...counts } = hiding(right);
    const copies = new Map<string, Tensor>();
    const keep = (key: string, x: Tensor) => {
      const copy = right.affine(x, 1, 0);
      hidden.add(copy);
      copies.set(key, copy);
    };
    const forward: RecurrentChange['forward'] = (tape, spec, args, compose) => {
      const { recurrentKernel } = args.weights;
      const key = `${spec.cell} ${kind === 'state' ? [spec.batch, spec.outputSize] : recurrentKernel.shape}`;
      const known = copies.get(key);
      if (kind === 'kernel') {
        if (!known) keep(key, recurrentKernel);
        return compose(tape, spec, {
          ...args,
          weights: { ...args.weights, recurrentKernel: known ?? recurrentKernel },
        });
      }
      const start = args.initialState ?? (known && spec.cell !== 'lstm' ? [known] : undefined);
      const result = compose(tape, spec, { ...args, initialState: start });
      keep(key, result.state[0]);
      return result;
    };
    const differentiated: RecurrentChange['forward'] = (tape, spec, args, compose) =>
      compose(tape, spec, args);
    return {
      ...counts,
      fused: { recurrent: recurrentKernel(right, { forward, differentiated }) },
      lacks: {},
    };
  });
}

export const recurrentSequences: Mutant[] = [...lengths, ...directions, ...state, ...sizes];
