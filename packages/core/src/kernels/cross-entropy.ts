import type { CrossEntropyInputs } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';

/**
 * The mean of −log softmax(logits)[target], weighted, as [1]: by the backend's fused kernel, or composed from the required
 * operations where it declines.
 */
export function softmaxCrossEntropy(tape: Tape, inputs: CrossEntropyInputs): Tensor {
  const { logits, targets, weights } = inputs;
  const [rows, classes] = logits.shape;
  const spec = { rows, classes, training: tape.watches(logits) };
  const kernel = tape.kernel('crossEntropy', spec);
  if (!kernel) {
    // Each class's row, times its weight. Comparing is exact also where rows · classes is past float32's whole numbers.
    const all = tape.constant(
      Array.from({ length: classes }, (_, c) => c),
      [1, classes],
    );
    const isOther = tape.step(tape.abs(tape.sub(tape.reshape(targets, [rows, 1]), all)));
    const oneHot = tape.affine(isOther, -1, 1);
    return crossEntropyOfRows(tape, logits, tape.mul(oneHot, tape.reshape(weights, [rows, 1])), weights);
  }
  const outputs = kernel.forward(spec, inputs);
  tape.record(
    [logits],
    [outputs.loss],
    ([dLoss]) => tape.ownAll([kernel.backward(spec, inputs, outputs, dLoss as Tensor)]),
    outputs.saved,
  );
  return outputs.loss;
}

/** Σ rows · (−log softmax(logits)) / Σ weights as [1]; rows [N, C] have their weight in them. 0 where no row has one. */
export function crossEntropyOfRows(tape: Tape, logits: Tensor, rows: Tensor, weights: Tensor): Tensor {
  const losses = tape.mul(rows, tape.affine(tape.logSoftmax(logits), -1));
  const total = tape.sum(weights);
  const divisor = tape.add(total, tape.affine(tape.step(total), -1, 1));
  return tape.div(tape.reshape(tape.sum(losses), [1]), divisor);
}
