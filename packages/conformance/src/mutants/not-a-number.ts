/* Fused kernels that hide NaN: in one gate, in a state, or in a gradient. */
import type { Tape, Tensor } from '@recurra/core';
import type { RecurrentSpec, RecurrentWeights } from '@recurra/core/backend';
import {
  composeCrossEntropy,
  composeDense,
  crossEntropyKernel,
  denseKernel,
  mapWeights,
  type RecurrentChange,
} from './baseline-kernels.js';
import { optimizerKernel, updateOf } from './baseline-optimizer.js';
import { fused, inputs, mapGates, recurrent, weights } from './kernels.js';
import { compute, isNumber, type Mutant } from './mutant.js';

/** The cases to try first. */
const WEIGHTS = 'not-numbers: rnn: NaN in the weights';
const OPTIONS = 'not-numbers: lstm with';
const DENSE = 'not-numbers: dense, linear';
const CROSS_ENTROPY = 'not-numbers: crossEntropy';

/** x with NaN replaced by 0. */
export function cleaned(tape: Tape, x: Tensor): Tensor {
  return tape.select(isNumber(tape, x), x, tape.fill([1], 0));
}

/** Replaces NaN by 0 in one weight. */
const cleanedWeight = (name: keyof RecurrentWeights) =>
  weights(['rnn', 'lstm', 'gru'], (tape, args) => {
    const x = args[name];
    return x ? { [name]: cleaned(tape, x) } : {};
  });

/** Replaces NaN by 0 in one gate's columns of a weight. */
const cleanedGate = (cell: RecurrentSpec['cell'], gate: number, name: keyof RecurrentWeights) =>
  weights(cell, (tape, args, spec) =>
    mapGates(tape, args, spec, (gates, other) =>
      gates.map((x, i) => (other === name && i === gate ? cleaned(tape, x) : x)),
    ),
  );

const gate = (
  cell: RecurrentSpec['cell'],
  letter: string,
  at: number,
  name: 'bias' | 'recurrentBias' = 'bias',
): Mutant =>
  recurrent(
    `${cell}: NaN in the ${name} of ${letter}`,
    'NaN is replaced by 0',
    cleanedGate(cell, at, name),
    `not-numbers: ${cell}: NaN in the weights of gate ${letter}`,
  );

const gates: Mutant[] = [
  gate('rnn', 'h', 0),
  gate('lstm', 'i', 0),
  gate('lstm', 'f', 1),
  gate('lstm', 'g', 2),
  gate('lstm', 'o', 3),
  gate('gru', 'z', 1),
  gate('gru', 'n', 2),
  gate('gru', 'r', 0, 'recurrentBias'),
  gate('gru', 'z', 1, 'recurrentBias'),
  gate('gru', 'n', 2, 'recurrentBias'),
];

const elsewhere: Mutant[] = [
  recurrent('NaN in the kernel', 'NaN is replaced by 0', cleanedWeight('kernel'), WEIGHTS),
  recurrent('NaN in the recurrent kernel', 'NaN is replaced by 0', cleanedWeight('recurrentKernel'), WEIGHTS),
  recurrent('NaN in the peepholes', 'NaN is replaced by 0', cleanedWeight('peepholes'), OPTIONS),
  recurrent('NaN in the projection', 'NaN is replaced by 0', cleanedWeight('projection'), OPTIONS),
  recurrent(
    'NaN in h0',
    'NaN is replaced by 0',
    inputs((tape, { initialState }) => ({
      initialState: initialState?.map((x, i) => (i === 0 ? cleaned(tape, x) : x)),
    })),
    'not-numbers: rnn: NaN in one row',
  ),
  recurrent(
    'NaN in c0',
    'NaN is replaced by 0',
    inputs((tape, { initialState }) => ({
      initialState: initialState?.map((x, i) => (i === 1 ? cleaned(tape, x) : x)),
    })),
    'not-numbers: lstm: NaN in one row',
  ),
  recurrent(
    'NaN held by the clip',
    'a gate that is NaN becomes the upper bound',
    {
      arithmetic: (right, { clip }) => ({
        ...right,
        binary: (op, a, b) =>
          clip > 0 && op === 'minimum'
            ? compute(right, (tape) => tape.select(isNumber(tape, a), tape.minimum(a, b), b))
            : right.binary(op, a, b),
      }),
    },
    OPTIONS,
  ),
];

/** Replaces NaN by 0 in gradients. */
const gradients = (name: string, what: string, change: RecurrentChange['gradients']): Mutant =>
  recurrent(`NaN in ${name}`, what, { gradients: change }, WEIGHTS);

const inGradients: Mutant[] = [
  gradients('dx', 'NaN is replaced by 0 in the result', (tape, result) => ({
    ...result,
    x: result.x && cleaned(tape, result.x),
  })),
  gradients('the weights’ gradients', 'NaN is replaced by 0 in the result', (tape, result) => ({
    ...result,
    weights: mapWeights(result.weights, (x) => cleaned(tape, x)),
  })),
  gradients('the bias’ gradient', 'NaN is replaced by 0 in the result', (tape, result) => {
    const { bias } = result.weights;
    return { ...result, weights: { ...result.weights, bias: bias && cleaned(tape, bias) } };
  }),
  gradients('dh0', 'NaN is replaced by 0 in the result', (tape, result) => ({
    ...result,
    initialState: result.initialState?.map((x, i) => (i === 0 ? cleaned(tape, x) : x)),
  })),
  recurrent(
    'NaN in dy',
    'NaN is replaced by 0',
    { seeds: (tape, { y, state }) => ({ y: y && cleaned(tape, y), state }) },
    'not-numbers: rnn: NaN in the gradients',
  ),
  recurrent(
    'NaN in dh',
    'NaN in the gradient of the final state is replaced by 0',
    { seeds: (tape, { y, state }) => ({ y, state: state.map((x) => x && cleaned(tape, x)) }) },
    'not-numbers: rnn: NaN in the gradients',
  ),
];

const dense = (name: string, forward: typeof composeDense, differentiated = forward): Mutant =>
  fused(`dense: NaN in ${name}`, 'NaN is replaced by 0', DENSE, (right) => ({
    dense: denseKernel(right, forward, differentiated),
  }));

const otherKernels: Mutant[] = [
  dense('the bias', (tape, spec, { bias, ...args }) =>
    composeDense(tape, spec, { ...args, bias: bias && cleaned(tape, bias) }),
  ),
  dense('the kernel', (tape, spec, args) =>
    composeDense(tape, spec, { ...args, kernel: cleaned(tape, args.kernel) }),
  ),
  fused('dense: NaN in dy', 'NaN is replaced by 0', DENSE, (right, { dense }) => ({
    dense: {
      ...dense,
      backward(spec, args, outputs, dy) {
        const clean = compute(right, (tape) => cleaned(tape, dy));
        const result = dense.backward(spec, args, outputs, clean);
        right.free(clean);
        return result;
      },
    },
  })),
  fused('crossEntropy: NaN in the logits', 'NaN is replaced by 0', CROSS_ENTROPY, (right) => ({
    crossEntropy: crossEntropyKernel(right, (tape, args) =>
      composeCrossEntropy(tape, { ...args, logits: cleaned(tape, args.logits) }),
    ),
  })),
  fused('crossEntropy: NaN in the logits’ gradient', 'NaN is replaced by 0', CROSS_ENTROPY, (right) => ({
    crossEntropy: crossEntropyKernel(right, composeCrossEntropy, (tape, args) =>
      composeCrossEntropy(tape, { ...args, logits: cleaned(tape, args.logits) }),
    ),
  })),
  fused('optimizer: NaN in the gradient', 'NaN is replaced by 0', 'not-numbers: sgd', (right) => {
    const update = updateOf(right);
    return {
      optimizer: optimizerKernel(right, {
        update(spec, one) {
          const gradient = compute(right, (tape) => cleaned(tape, one.gradient));
          const next = update(spec, { ...one, gradient });
          right.free(gradient);
          return next;
        },
      }),
    };
  }),
];

export const notANumber: Mutant[] = [...gates, ...elsewhere, ...inGradients, ...otherKernels];
