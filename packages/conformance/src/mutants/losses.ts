/* Fused softmax cross-entropies that are wrong. */
import type { Tape, Tensor } from '@recurra/core';
import type { CrossEntropyInputs } from '@recurra/core/backend';
import { composeCrossEntropy, crossEntropyKernel } from './baseline-kernels.js';
import { fused } from './kernels.js';
import type { Mutant } from './mutant.js';

type Composition = typeof composeCrossEntropy;

const loss = (name: string, what: string, forward: Composition, differentiated = forward): Mutant =>
  fused(name, what, 'gradients/losses', (right) => ({
    crossEntropy: crossEntropyKernel(right, forward, differentiated),
  }));

/** The forward pass is right and the gradient is wrong. */
const gradient = (name: string, what: string, forward: Composition): Mutant =>
  loss(name, what, composeCrossEntropy, forward);

/** Σ w · −log p, and its divisor. */
const divided =
  (by: (tape: Tape, inputs: CrossEntropyInputs) => Tensor): Composition =>
  (tape, inputs) => {
    const total = tape.sum(inputs.weights);
    const divisor = tape.maximum(total, tape.fill([1], 1e-30));
    return tape.div(tape.mul(composeCrossEntropy(tape, inputs), divisor), by(tape, inputs));
  };

/** 1 at each row's class: [N, C]. */
function oneHot(tape: Tape, { logits, targets }: CrossEntropyInputs): Tensor {
  const [rows, classes] = logits.shape;
  const all = tape.constant(
    Float64Array.from({ length: classes }, (_, c) => c),
    [1, classes],
  );
  return tape.affine(tape.step(tape.abs(tape.sub(tape.reshape(targets, [rows, 1]), all))), -1, 1);
}

/** Σ w · −log p / Σ w, with log p from a given function. */
function from(logarithm: (tape: Tape, logits: Tensor) => Tensor): Composition {
  return (tape, inputs) => {
    const { logits, weights } = inputs;
    const chosen = tape.mul(oneHot(tape, inputs), tape.reshape(weights, [logits.shape[0], 1]));
    const sum = tape.sum(tape.mul(chosen, tape.affine(logarithm(tape, logits), -1)));
    return tape.div(tape.reshape(sum, [1]), tape.maximum(tape.sum(weights), tape.fill([1], 1e-30)));
  };
}

export const losses: Mutant[] = [
  loss(
    'crossEntropy: a sum',
    'the result is not divided by the weights',
    divided((tape) => tape.fill([1], 1)),
  ),
  loss(
    'crossEntropy: a mean of rows',
    'the loss is divided by the count of rows, not by the sum of weights',
    divided((tape, { weights }) => tape.fill([1], Math.max(1, weights.shape[0]))),
  ),
  loss('crossEntropy: no weights', 'every row has weight 1, padding too', (tape, inputs) =>
    composeCrossEntropy(tape, { ...inputs, weights: tape.fill(inputs.weights.shape, 1) }),
  ),
  loss(
    'crossEntropy: NaN of nothing',
    'the loss is 0 / 0 if all weights are 0',
    divided((tape, { weights }) => tape.sum(weights)),
  ),
  loss(
    'crossEntropy: the next class',
    'the class after the target is used, if there is one',
    (tape, inputs) => {
      const last = tape.fill([1], inputs.logits.shape[1] - 1);
      return composeCrossEntropy(tape, {
        ...inputs,
        targets: tape.minimum(tape.affine(inputs.targets, 1, 1), last),
      });
    },
  ),
  loss(
    'crossEntropy: by softmax',
    'log(softmax) is infinite if softmax is 0',
    from((tape, x) => tape.log(tape.softmax(x))),
  ),
  loss(
    'crossEntropy: guarded',
    'log(softmax + 1e-7)',
    from((tape, x) => tape.log(tape.affine(tape.softmax(x), 1, 1e-7))),
  ),
  loss(
    'crossEntropy: smoothed labels',
    'a tenth of each target is distributed over all classes',
    (tape, inputs) => {
      const mean = tape.affine(tape.mean(tape.logSoftmax(inputs.logits)), -0.1);
      return tape.add(tape.affine(composeCrossEntropy(tape, inputs), 0.9), tape.reshape(mean, [1]));
    },
  ),
  loss('crossEntropy: base 2', 'the loss is in bits instead of nats', (tape, inputs) =>
    tape.affine(composeCrossEntropy(tape, inputs), Math.LOG2E),
  ),
  gradient(
    'crossEntropy: no gradient of the weights’ rows',
    'each row’s gradient is computed as if its weight were 1',
    (tape, inputs) => composeCrossEntropy(tape, { ...inputs, weights: tape.fill(inputs.weights.shape, 1) }),
  ),
  gradient(
    'crossEntropy: gradient of a sum',
    'the result is not divided by the weights',
    divided((tape) => tape.fill([1], 1)),
  ),
  gradient(
    'crossEntropy: target not taken away',
    'the gradient is softmax, not softmax − target',
    (tape, inputs) => {
      const { logits, weights } = inputs;
      const right = composeCrossEntropy(tape, inputs);
      const rows = tape.mul(
        tape.mul(oneHot(tape, inputs), logits),
        tape.reshape(weights, [logits.shape[0], 1]),
      );
      const divisor = tape.maximum(tape.sum(weights), tape.fill([1], 1e-30));
      return tape.add(right, tape.div(tape.reshape(tape.sum(rows), [1]), divisor));
    },
  ),
  fused(
    'crossEntropy: dLoss is 1',
    'the incoming gradient of the loss is ignored',
    'gradients/losses',
    (right, { crossEntropy }) => ({
      crossEntropy: {
        ...crossEntropy,
        backward(spec, inputs, outputs, dLoss) {
          const one = right.fill(dLoss.shape, 1);
          const result = crossEntropy.backward(spec, inputs, outputs, one);
          right.free(one);
          return result;
        },
      },
    }),
  ),
];
