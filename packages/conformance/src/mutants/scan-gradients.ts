/* Fused scans with right outputs and wrong gradients. */
import type { Tape, Tensor } from '@recurra/core';
import { composeScan, type ScanChange } from './baseline-sequences.js';
import { detached, validSteps, zeros } from './kernels.js';
import type { Mutant } from './mutant.js';
import { changed, stepOf } from './scans.js';

const gradient = (name: string, what: string, gradients: ScanChange['gradients']): Mutant =>
  changed(`gradient: ${name}`, what, { gradients });
const seeds = (name: string, what: string, seeds: ScanChange['seeds']): Mutant =>
  changed(`gradient: ${name}`, what, { seeds });

const withRightOutputs = (
  name: string,
  what: string,
  differentiated: NonNullable<ScanChange['differentiated']>,
): Mutant => changed(`gradient: ${name}`, what, { forward: composeScan, differentiated });

/** x, zero in the first step. */
const withoutFirst = (tape: Tape, x: Tensor) => {
  const [first, rest] = tape.split(x, [1, x.shape[0] - 1], 0);
  return tape.concat([zeros(tape, first), rest], 0);
};

export const scanGradients: Mutant[] = [
  gradient(
    'da by the state after',
    'the gradient of a is dh_t · h_t instead of dh_t · h_{t−1}',
    (tape, result, spec, args) => ({
      ...result,
      a: tape.mul(result.b, composeScan(tape, spec, args).y),
    }),
  ),
  gradient('da of the first step', 'it is zero, as without an initial state', (tape, result, { reverse }) =>
    reverse ? result : { ...result, a: withoutFirst(tape, result.a) },
  ),
  gradient('da without b', 'the gradient of a is zero', (tape, result) => ({
    ...result,
    a: zeros(tape, result.a),
  })),
  gradient('db without a', 'the gradient of b is zero', (tape, result) => ({
    ...result,
    b: zeros(tape, result.b),
  })),
  gradient('no dh0', 'the gradient of the initial state is zero', (tape, result) => ({
    ...result,
    initialState: result.initialState && zeros(tape, result.initialState),
  })),
  gradient(
    'dh0 of the first step',
    'it lacks the factor a of the first step',
    (tape, result, { reverse, time, lengths }) => ({
      ...result,
      initialState:
        result.initialState && !lengths
          ? stepOf(tape, result.b, reverse ? time - 1 : 0)
          : result.initialState,
    }),
  ),
  withRightOutputs(
    'through one step',
    'the gradient of the state is not passed on to the step before',
    (tape, spec, args) => {
      const { y } = composeScan(tape, spec, args);
      const steps = tape.split(detached(tape, y), new Array(spec.time).fill(1), 0);
      const zero = zeros(tape, steps[0]);
      const before = spec.reverse ? [...steps.slice(1), zero] : [zero, ...steps.slice(0, -1)];
      const next = tape.add(tape.mul(args.a, tape.concat(before, 0)), args.b);
      const right = composeScan(tape, spec, args);
      return { y: spec.lengths || spec.initialState ? right.y : next, state: right.state };
    },
  ),
  gradient(
    'past the lengths',
    'the gradients of a and b past a row’s length are not zero',
    (tape, result, { time }, { lengths, b }) => {
      const valid = validSteps(tape, lengths, time);
      if (!valid) return result;
      const past = tape.mul(tape.affine(valid, -1, 1), b);
      return { ...result, a: tape.add(result.a, past), b: tape.add(result.b, past) };
    },
  ),
  withRightOutputs(
    'of y past the lengths',
    'the gradient of y past a row’s length is not ignored',
    (tape, spec, args) => {
      const { y, state } = composeScan(tape, spec, args);
      const valid = validSteps(tape, args.lengths, spec.time);
      return { state, y: valid ? tape.select(valid, y, tape.reshape(state, [1, ...state.shape])) : y };
    },
  ),
  seeds('the final state’s dropped', 'the gradient of the final state is not propagated', (_, { y }) => ({
    y,
  })),
  seeds(
    'the final state’s dropped beside y',
    'it is not propagated if y has a gradient',
    (_, { y, state }) => (y ? { y } : { state }),
  ),
  seeds(
    'y’s dropped beside the state',
    'the gradient of y is not propagated if the final state has one',
    (_, { y, state }) => (state ? { state } : { y }),
  ),
  withRightOutputs(
    'of the other direction',
    'backward takes the steps in the order of the forward direction',
    (tape, spec, args) => composeScan(tape, { ...spec, reverse: false }, args),
  ),
];
