/* Fused scans that are wrong, in the step, the states or the lengths. */
import type { Tape, Tensor } from '@recurra/core';
import type { ScanInputs, ScanSpec } from '@recurra/core/backend';
import { composeScan, type ScanChange, scanKernel } from './baseline-sequences.js';
import { fused, validSteps, zeros } from './kernels.js';
import { type Mutant, roundTo } from './mutant.js';

export type Outputs = ReturnType<NonNullable<ScanChange['forward']>>;

export const changed = (name: string, what: string, change: ScanChange, first = 'gradients/scan'): Mutant =>
  fused(`scan: ${name}`, what, first, (right) => ({ scan: scanKernel(right, change) }));

/** Other inputs. */
const inputs = (
  change: (tape: Tape, inputs: ScanInputs, spec: ScanSpec) => Partial<ScanInputs>,
): ScanChange => ({
  forward: (tape, spec, args) => composeScan(tape, spec, { ...args, ...change(tape, args, spec) }),
});

/** Other outputs. */
export const outputs = (
  change: (tape: Tape, right: Outputs, args: ScanInputs, spec: ScanSpec) => Partial<Outputs>,
): ScanChange => ({
  forward(tape, spec, args) {
    const right = composeScan(tape, spec, args);
    return { ...right, ...change(tape, right, args, spec) };
  },
});

/** A step of y, as a state. */
export function stepOf(tape: Tape, y: Tensor, at: number): Tensor {
  const [, ...state] = y.shape;
  return tape.reshape(tape.slice(y, [at, 0, 0], [1, ...state]), state);
}

/** Runs past the lengths, with y masked. */
const computePadded: NonNullable<ScanChange['forward']> = (tape, spec, args) => {
  const { y, state } = composeScan(tape, spec, { ...args, lengths: undefined });
  const valid = validSteps(tape, args.lengths, spec.time);
  return { y: valid ? tape.mul(y, valid) : y, state };
};

const numbers: Mutant[] = [
  changed(
    'a and b swapped',
    'h = b · h + a',
    inputs((_, { a, b }) => ({ a: b, b: a })),
  ),
  changed(
    'a forgotten',
    'h = h + b',
    inputs((tape, { a }) => ({ a: tape.fill(a.shape, 1) })),
  ),
  changed(
    'b mixed in',
    'h = a · h + (1 − a) · b',
    inputs((tape, { a, b }) => ({ b: tape.mul(tape.affine(a, -1, 1), b) })),
  ),
  changed(
    'a by its logarithm',
    'a negative a has the sign of its magnitude',
    inputs((tape, { a }) => ({ a: tape.abs(a) })),
  ),
  changed(
    'a never zero',
    'an a of magnitude below 0.001 is replaced by 0.001',
    inputs((tape, { a }) => ({
      a: tape.select(tape.step(tape.affine(tape.abs(a), 1, -1e-3)), a, tape.fill([1], 1e-3)),
    })),
  ),
  changed('a of the step before', 'h_t = a_{t−1} · h_{t−1} + b_t', {
    forward(tape, spec, args) {
      const { a } = args;
      if (spec.time < 2 || spec.reverse) return composeScan(tape, spec, args);
      const parts = tape.split(a, [spec.time - 1, 1], 0);
      const first = tape.slice(a, [0, 0, 0], [1, ...a.shape.slice(1)]);
      return composeScan(tape, spec, { ...args, a: tape.concat([first, parts[0]], 0) });
    },
  }),
  changed(
    'half precision',
    'y is rounded to 11 bits',
    outputs((tape, { y }) => ({ y: roundTo(11, tape, y) })),
  ),
];

const states: Mutant[] = [
  changed(
    'h0 ignored',
    'the state before the first step is zero',
    inputs(() => ({ initialState: undefined })),
  ),
  changed(
    'h0 of the first row',
    'all rows start from the state of the first',
    inputs((tape, { initialState }) => ({
      initialState:
        initialState &&
        tape.add(zeros(tape, initialState), tape.slice(initialState, [0, 0], [1, initialState.shape[1]])),
    })),
  ),
  changed(
    'h0 of rows without steps',
    'the final state of a row without steps is zero',
    outputs((tape, { state }, { lengths }) =>
      lengths ? { state: tape.mul(state, tape.reshape(tape.step(lengths), [state.shape[0], 1])) } : {},
    ),
  ),
  changed(
    'the state of the last step',
    'the final state is y of the last step, zero past a row’s length',
    outputs((tape, { y }, _, { reverse, time }) => ({ state: stepOf(tape, y, reverse ? 0 : time - 1) })),
  ),
  changed(
    'the state of the other end',
    'with reverse, the final state is y of the last step',
    outputs((tape, { y }, _, { reverse, time }) => (reverse ? { state: stepOf(tape, y, time - 1) } : {})),
  ),
  changed(
    'one step early',
    'the final state is that before the last step',
    outputs((tape, { y }, _, { reverse, time }) =>
      time < 2 ? {} : { state: stepOf(tape, y, reverse ? 1 : time - 2) },
    ),
  ),
];

const lengths: Mutant[] = [
  changed('reverse ignored', 'the scan runs from the first step to the last', {
    forward: (tape, spec, args) => composeScan(tape, { ...spec, reverse: false }, args),
  }),
  changed(
    'reverse in the order of reading',
    'y[0] is the state of the step that was read first',
    outputs((tape, { y }, _, { reverse, time }) =>
      reverse ? { y: tape.concat(tape.split(y, new Array(time).fill(1), 0).reverse(), 0) } : {},
    ),
  ),
  changed('reverse from the padded end', 'the reverse direction reads the padding first', {
    forward: (tape, spec, args) => (spec.reverse ? computePadded : composeScan)(tape, spec, args),
  }),
  changed(
    'lengths ignored',
    'every row is read to the end',
    inputs(() => ({ lengths: undefined })),
  ),
  changed('lengths: the state changes past them', 'the final state is that of the last step of padding', {
    forward: computePadded,
  }),
  ...[1, -1].map((by) =>
    changed(
      `lengths ${by > 0 ? 'longer' : 'shorter'} by one`,
      'a step of padding is read, or the last step is not',
      inputs((tape, { lengths }) => ({ lengths: lengths && tape.affine(lengths, 1, by) })),
    ),
  ),
  changed(
    'lengths of the first row',
    'all rows have the length of the first',
    inputs((tape, { lengths }) => ({
      lengths: lengths && tape.add(zeros(tape, lengths), tape.slice(lengths, [0], [1])),
    })),
  ),
  changed(
    'y past the lengths',
    'a row repeats its last state past its length',
    outputs((tape, { y, state }, { lengths }, { time }) => {
      const valid = validSteps(tape, lengths, time);
      return valid ? { y: tape.select(valid, y, tape.reshape(state, [1, ...state.shape])) } : {};
    }),
  ),
];

export const scans: Mutant[] = [...numbers, ...states, ...lengths];
