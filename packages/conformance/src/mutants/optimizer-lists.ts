/*
 * Fused optimizers that update all parameters in one step, with a fault in the iteration, the clipping or the
 * guard.
 */
import type { Backend, Tape, Tensor } from '@recurra/core';
import { type OptimizerKernel, sameShape, sizeOf } from '@recurra/core/backend';
import {
  isFinite32,
  type OptimizerChange,
  optimizerKernel,
  scaleOf,
  sumOfSquares,
} from './baseline-optimizer.js';
import { fused } from './kernels.js';
import { compute, type Mutant } from './mutant.js';

const PARAMETERS = 'kernels/optimizer-parameters: ';
const GUARD = 'kernels/optimizer-guard: ';

const changed = (name: string, what: string, first: string, change: OptimizerChange): Mutant =>
  fused(`optimizer: ${name}`, what, first, (right) => ({ optimizer: optimizerKernel(right, change) }));

const wrapped = (
  name: string,
  what: string,
  first: string,
  change: (step: OptimizerKernel['step'], right: Backend) => OptimizerKernel['step'],
): Mutant =>
  fused(`optimizer: ${name}`, what, first, (right, { optimizer }) => ({
    optimizer: { ...optimizer, step: change(optimizer.step, right) },
  }));

/** Leaves the parameters for which `left` is true, and their state, unchanged. */
const leavingOut = (
  name: string,
  what: string,
  left: (i: number, parameters: readonly Tensor[]) => boolean,
): Mutant =>
  wrapped(name, what, PARAMETERS, (step, right) => (spec, inputs) => {
    const { parameters, states } = inputs;
    const copy = (x: Tensor) => right.affine(x, 1, 0);
    const lefts = parameters.map((_, i) => left(i, parameters));
    const copies = parameters.map((x, i) => (lefts[i] ? [x, ...states[i]].map(copy) : []));
    const next = step(spec, inputs);
    const freed = lefts.flatMap((is, i) => (is ? [next.parameters[i], ...next.states[i]] : []));
    for (const x of freed) right.free(x);
    return {
      ...next,
      parameters: next.parameters.map((x, i) => (lefts[i] ? copies[i][0] : x)),
      states: next.states.map((state, i) => (lefts[i] ? copies[i].slice(1) : state)),
    };
  });

const lists: Mutant[] = [
  leavingOut('the first parameter alone', 'the other parameters do not change', (i) => i > 0),
  leavingOut('16 parameters', 'parameters past the 16th do not change', (i) => i >= 16),
  leavingOut(
    'until one has no elements',
    'the parameters after the first empty one do not change',
    (i, parameters) => parameters.slice(0, i).some(({ shape }) => sizeOf(shape) === 0),
  ),
  leavingOut(
    '4096 elements of all',
    'parameters that begin past 4096 elements of the list do not change',
    (i, parameters) => {
      const before = parameters.slice(0, i).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
      return before >= 4096;
    },
  ),
  wrapped('states exchanged', 'between neighbours of one shape', PARAMETERS, (step) => (spec, inputs) => {
    const next = step(spec, inputs);
    const shapes = next.parameters.map(({ shape }) => shape);
    const at = shapes.findIndex((shape, i) => i > 0 && sameShape(shape, shapes[i - 1]));
    if (at < 0) return next;
    const states = [...next.states];
    [states[at - 1], states[at]] = [states[at], states[at - 1]];
    return { ...next, states };
  }),
  wrapped('gradients exchanged', 'between neighbours of one shape', PARAMETERS, (step) => (spec, inputs) => {
    const gradients = [...inputs.gradients];
    const at = gradients.findIndex((x, i) => i > 0 && sameShape(x.shape, gradients[i - 1].shape));
    if (at > 0) [gradients[at - 1], gradients[at]] = [gradients[at], gradients[at - 1]];
    return step(spec, { ...inputs, gradients });
  }),
];

const scaledBy = (tape: Tape, xs: readonly Tensor[], factor: Tensor) => xs.map((x) => tape.mul(x, factor));

const clipping: Mutant[] = [
  changed(
    'clipped each by its own norm',
    'each gradient is clipped by its own norm instead of the norm of all',
    PARAMETERS,
    {
      clipped: (tape, gradients, _, clip) =>
        gradients.map((x) => tape.mul(x, scaleOf(tape, tape.sqrt(sumOfSquares(tape, [x])), clip))),
    },
  ),
  changed('clipped without the 1e-6', 'the factor is clip / norm', PARAMETERS, {
    clipped: (tape, gradients, norm, clip) => scaledBy(tape, gradients, scaleOf(tape, norm, clip, 0)),
  }),
  changed('scaled up to the clip', 'gradients below the bound are made larger', PARAMETERS, {
    clipped: (tape, gradients, norm, clip) =>
      scaledBy(tape, gradients, tape.div(tape.fill([1], clip), tape.affine(norm, 1, 1e-6))),
  }),
  changed('clipped by value', 'every element is clipped to the bound', PARAMETERS, {
    clipped: (tape, gradients, _, clip) =>
      gradients.map((x) => tape.maximum(tape.minimum(x, tape.fill([1], clip)), tape.fill([1], -clip))),
  }),
  changed('not clipped', 'the bound is ignored', PARAMETERS, { clipped: (_, gradients) => gradients }),
  changed('clipped by the squares', 'the square root is missing', PARAMETERS, {
    clipped: (tape, gradients, norm, clip) =>
      scaledBy(tape, gradients, scaleOf(tape, tape.mul(norm, norm), clip)),
  }),
  changed('clipped by the norm of the others', 'the last gradient is not in the norm', PARAMETERS, {
    clipped: (tape, gradients, norm, clip) => {
      const others = gradients.length > 1 ? tape.sqrt(sumOfSquares(tape, gradients.slice(0, -1))) : norm;
      return scaledBy(tape, gradients, scaleOf(tape, others, clip));
    },
  }),
  changed(
    'the norm after clipping',
    'the norm after clipping is returned instead of the one before',
    PARAMETERS,
    {
      gradientNorm: (tape, squares, clip) => {
        const norm = tape.sqrt(squares);
        const bounded = clip > 0 ? tape.mul(norm, scaleOf(tape, norm, clip)) : norm;
        return tape.select(isFinite32(tape, squares), bounded, tape.affine(squares, Infinity));
      },
    },
  ),
  changed('the squares in place of the norm', 'the square root is missing', PARAMETERS, {
    gradientNorm: (tape, squares) =>
      tape.select(isFinite32(tape, squares), tape.affine(squares, 1), tape.affine(squares, Infinity)),
  }),
];

const guards: Mutant[] = [
  changed('the guard is ignored', 'every step is taken', GUARD, {
    isTaken: (tape) => tape.fill([1], 1),
  }),
  changed('the guard looks at the loss alone', 'the gradients are not checked', GUARD, {
    isTaken: (tape, guard) => isFinite32(tape, guard),
  }),
  changed('the guard looks at the gradients alone', 'the loss is not checked', GUARD, {
    isTaken: (tape, _, squares) => isFinite32(tape, squares),
  }),
  changed('−∞ is a loss', 'only losses that are too large stop the step', GUARD, {
    isTaken: (tape, guard, squares) =>
      tape.mul(tape.step(tape.affine(guard, -1, 2 ** 128 * (1 - 2 ** -25))), isFinite32(tape, squares)),
  }),
  changed('NaN alone is guarded against', 'infinities do not stop the step', GUARD, {
    isTaken: (tape, guard, squares) =>
      tape.step(tape.affine(tape.abs(tape.mul(tape.affine(guard, 0, 1), squares)), 1, 1)),
  }),
  changed('the squares in float64', 'a sum that is too large for float32 does not stop the step', GUARD, {
    isTaken: (tape, guard, squares) =>
      tape.mul(isFinite32(tape, guard), tape.step(tape.affine(tape.abs(squares), -1, Number.MAX_VALUE))),
  }),
  changed('the guard stops large gradients', 'no step is taken if the norm is 2^50 or more', GUARD, {
    isTaken: (tape, guard, squares) =>
      tape.mul(isFinite32(tape, guard), tape.step(tape.affine(tape.abs(squares), -1, 2 ** 100))),
  }),
  changed('the norm is finite', 'the norm is finite even if too large squares stopped the step', GUARD, {
    gradientNorm: (tape, squares) => tape.minimum(tape.sqrt(squares), tape.fill([1], 2 ** 66)),
  }),
  changed('the norm is 0 where a step is stopped', 'the norm is 0 instead of non-finite', GUARD, {
    gradientNorm: (tape, squares) =>
      tape.select(isFinite32(tape, squares), tape.sqrt(squares), tape.fill([1], 0)),
  }),
  ...(['parameters', 'states'] as const).map((part) =>
    wrapped(
      `the guard leaves the ${part} out`,
      'these elements change whatever the loss is',
      GUARD,
      (step, right) => {
        return (spec, inputs) => {
          if (!spec.guarded || !inputs.guard) return step(spec, inputs);
          const copy = (x: Tensor) => right.affine(x, 1, 0);
          // The same step with a finite loss, for the elements that are not guarded.
          const finite = right.fill([1], 0);
          const other = step(spec, {
            ...inputs,
            parameters: inputs.parameters.map(copy),
            states: inputs.states.map((state) => state.map(copy)),
            guard: finite,
          });
          right.free(finite);
          const next = step(spec, inputs);
          const unused =
            part === 'parameters'
              ? [...next.parameters, ...other.states.flat()]
              : [...next.states.flat(), ...other.parameters];
          for (const x of [...unused, other.gradientNorm as Tensor]) right.free(x);
          return { ...next, [part]: other[part] };
        };
      },
    ),
  ),
  wrapped(
    'zeros where a step is stopped',
    'the state becomes zero instead of staying unchanged',
    GUARD,
    (step, right) => {
      return (spec, inputs) => {
        const next = step(spec, inputs);
        if (!spec.guarded) return next;
        const taken = compute(right, (tape) =>
          tape.mul(
            isFinite32(tape, inputs.guard as Tensor),
            isFinite32(tape, sumOfSquares(tape, inputs.gradients)),
          ),
        );
        const states = next.states.map((state) =>
          state.map((x) => compute(right, (tape) => tape.mul(tape.own(x), taken))),
        );
        right.free(taken);
        return { ...next, states };
      };
    },
  ),
  wrapped(
    'the guard is freed',
    'the optimizer frees a tensor that it does not own',
    GUARD,
    (step, right) => (spec, inputs) => {
      const next = step(spec, inputs);
      if (inputs.guard) right.free(inputs.guard);
      return next;
    },
  ),
];

export const optimizerLists: Mutant[] = [...lists, ...clipping, ...guards];
