/* Fused recurrent kernels with right outputs and wrong gradients. */
import type { Tape, Tensor } from '@recurra/core';
import type {
  RecurrentGradients,
  RecurrentInputs,
  RecurrentSpec,
  RecurrentWeights,
} from '@recurra/core/backend';
import { type Composition, mapWeights, type RecurrentChange } from './baseline-kernels.js';
import { detached, mapGates, ofCells, recurrent, validSteps, zeros } from './kernels.js';
import type { Mutant } from './mutant.js';

const { lstm, gru } = ofCells;

/** Changes the gradients of the weights. */
function weightGradients(
  change: (
    tape: Tape,
    result: RecurrentWeights,
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
  ) => Partial<RecurrentWeights>,
): RecurrentChange {
  return {
    gradients: (tape, result, spec, inputs) => ({
      ...result,
      weights: { ...result.weights, ...change(tape, result.weights, spec, inputs) },
    }),
  };
}

/** Sets the gradient of one weight to zero. */
const missing = (name: keyof RecurrentWeights) =>
  weightGradients((tape, result) => {
    const gradient = result[name];
    return gradient ? { [name]: zeros(tape, gradient) } : {};
  });

/**
 * Backward runs through the sequence in two parts, split after `cut` steps; `change` makes the inputs of each
 * part.
 */
export function inTwo(
  cut: (time: number, batch: number) => number,
  change: (tape: Tape, args: RecurrentInputs, part: 0 | 1) => RecurrentInputs,
): RecurrentChange {
  const differentiated: RecurrentChange['forward'] = (tape, spec, args, right): ReturnType<Composition> => {
    const { time, batch } = spec;
    const at = cut(time, batch);
    if (spec.reverse || args.lengths || at < 1 || at >= time) return right(tape, spec, args);
    const [x, later] = tape.split(args.x, [at, time - at], 0);
    const first = right(tape, { ...spec, time: at }, change(tape, { ...args, x }, 0));
    const second = right(
      tape,
      { ...spec, time: time - at },
      change(tape, { ...args, x: later, initialState: first.state }, 1),
    );
    return { y: tape.concat([first.y, second.y], 0), state: second.state };
  };
  return { differentiated };
}

/** The weight gets no gradient from one of the two parts. */
export const without =
  (name: 'kernel' | 'recurrentKernel', missed: 0 | 1) => (tape: Tape, args: RecurrentInputs, part: 0 | 1) =>
    part === missed
      ? { ...args, weights: { ...args.weights, [name]: detached(tape, args.weights[name]) } }
      : args;

/** No gradient passes through the state at the cut. */
export const stateDetached = (tape: Tape, args: RecurrentInputs, part: 0 | 1) =>
  part === 1 ? { ...args, initialState: args.initialState?.map((x) => detached(tape, x)) } : args;

const GATES = { rnn: ['h'], lstm: ['i', 'f', 'g', 'o'], gru: ['r', 'z', 'n'] } as const;

const oneGate: Mutant[] = (['rnn', 'lstm', 'gru'] as const).flatMap((cell) =>
  GATES[cell].map((gate, at) =>
    ofCells[cell](
      `no gradient of ${gate}`,
      'the gate’s columns are zero in the gradient of every weight',
      weightGradients((tape, result, spec) =>
        spec.cell === cell
          ? mapGates(tape, result, spec, (gates) => gates.map((x, i) => (i === at ? zeros(tape, x) : x)))
          : result,
      ),
    ),
  ),
);

const weights: Mutant[] = [
  ...(
    [
      ['kernel', ''],
      ['recurrentKernel', ''],
      ['bias', ''],
      ['recurrentBias', 'gru'],
      ['peepholes', 'lstm, peepholes'],
      ['projection', 'lstm, projection'],
      ['inputGain', 'rnn, layerNorm'],
      ['recurrentGain', 'rnn, layerNorm'],
      ['cellGain', 'lstm, layerNorm'],
      ['cellBias', 'lstm, layerNorm'],
    ] as const
  ).map(([name, first]) =>
    recurrent(`no gradient of ${name}`, 'it is zero', missing(name), `gradients/recurrent: ${first}`),
  ),
  gru(
    'one gradient for both biases',
    'the gradient of b′ equals that of b, in the candidate too',
    weightGradients((_, { bias, recurrentBias }) => (recurrentBias ? { recurrentBias: bias } : {})),
  ),
  recurrent(
    'dU without the last step',
    'the product of this step is left out',
    inTwo((time) => time - 1, without('recurrentKernel', 1)),
  ),
  recurrent(
    'dU without the first step',
    'the product with the initial state is left out',
    inTwo(() => 1, without('recurrentKernel', 0)),
    'gradients/recurrent: rnn, initial state',
  ),
  recurrent(
    'dW without the first step',
    'the product of this step is left out',
    inTwo(() => 1, without('kernel', 0)),
  ),
  recurrent(
    'dW without the last step',
    'the product of this step is left out',
    inTwo((time) => time - 1, without('kernel', 1)),
  ),
  recurrent(
    'gradients are means',
    'the gradients of the weights are divided by the batch size',
    weightGradients((tape, result, { batch }) => mapWeights(result, (x) => tape.affine(x, 1 / batch))),
  ),
  lstm(
    'no gradient of the last peephole',
    'the peephole of the output gate gets no gradient',
    weightGradients((tape, { peepholes }, { units }) => {
      if (!peepholes) return {};
      const [i, f, o] = tape.split(peepholes, [units, units, units], 0);
      return { peepholes: tape.concat([i, f, zeros(tape, o)], 0) };
    }),
    'peepholes',
  ),
];

/** Changes the incoming gradient of the final state. */
const stateSeeds = (keep: (at: number) => boolean): RecurrentChange => ({
  seeds: (_, { y, state }) => ({ y, state: state.map((seed, i) => (keep(i) ? seed : undefined)) }),
});

/** Changes the gradient of the initial state. */
const initialState = (change: (tape: Tape, x: Tensor, at: number) => Tensor): RecurrentChange => ({
  gradients: (tape, result): RecurrentGradients => ({
    ...result,
    initialState: result.initialState?.map((x, i) => change(tape, x, i)),
  }),
});

const throughTime: Mutant[] = [
  recurrent(
    'truncated to the last step',
    'no gradient passes from the last step to earlier ones',
    inTwo((time) => time - 1, stateDetached),
  ),
  recurrent(
    'dh of the end ignored',
    'the gradient of the final output state is ignored',
    stateSeeds((at) => at !== 0),
  ),
  recurrent(
    'dc of the end ignored',
    'the gradient of the final cell state is ignored',
    stateSeeds((at) => at !== 1),
  ),
  recurrent(
    'no gradient of h0',
    'it is zero',
    initialState((tape, x, at) => (at === 0 ? zeros(tape, x) : x)),
  ),
  recurrent(
    'no gradient of c0',
    'it is zero',
    initialState((tape, x, at) => (at === 1 ? zeros(tape, x) : x)),
  ),
  recurrent('backward from zero', 'backward treats the initial state as zero', {
    differentiated: (tape, spec, args, right) => {
      const initialState = args.initialState?.map((x) => tape.affine(x, 0));
      return right(tape, spec, { ...args, initialState });
    },
  }),
  gru('backward resets before', 'the gradient is that of the other resetAfter', {
    differentiated: (tape, spec, args, right) => right(tape, { ...spec, resetAfter: false }, args),
  }),
  recurrent('backward without the mask', 'backward ignores recurrentDropout', {
    differentiated: (tape, spec, args, right) => right(tape, spec, { ...args, recurrentMask: undefined }),
  }),
  recurrent('backward without clip', 'the gradient passes where the gate is clipped', {
    differentiated: (tape, spec, args, right) => right(tape, { ...spec, clip: 0 }, args),
  }),
  recurrent('backward in the other direction', 'backward ignores the reverse direction', {
    differentiated: (tape, spec, args, right) => right(tape, { ...spec, reverse: false }, args),
  }),
  recurrent('dy past the length', 'the gradient of y past the length is added to that of the final state', {
    seeds(tape, { y, state }, { time }, { lengths }) {
      const valid = validSteps(tape, lengths, time);
      if (!y || !valid || !state[0]) return { y, state };
      const [, ...shape] = y.shape;
      const past = tape.reshape(tape.sum(tape.mul(y, tape.affine(valid, -1, 1)), [0]), shape);
      return { y, state: [tape.add(state[0], past), ...state.slice(1)] };
    },
  }),
  recurrent('dx past the length', 'dx past the length is uninitialised memory', {
    gradients: (tape, result, { time }, { lengths }) => {
      const valid = validSteps(tape, lengths, time);
      return {
        ...result,
        x: result.x && valid ? tape.select(valid, result.x, tape.fill([1], 0.5)) : result.x,
      };
    },
  }),
  recurrent('dx in the order of reading', 'the dx of a reversed sequence is in reverse order', {
    gradients(tape, result, { reverse, time }) {
      if (!reverse || !result.x || time === 0) return result;
      return { ...result, x: tape.concat(tape.split(result.x, new Array(time).fill(1), 0).reverse(), 0) };
    },
  }),
  recurrent('no gradient of the input', 'dx is zero', {
    gradients: (tape, result) => ({ ...result, x: result.x && zeros(tape, result.x) }),
  }),
];

export const recurrentGradients: Mutant[] = [...oneGate, ...weights, ...throughTime];
