import type { CrossEntropyInputs } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';

/**
 * Computes the weighted mean of −log softmax(logits)[target], as [1], with the backend's fused kernel or, if it
 * declines, with a composition of required operations.
 */
export function softmaxCrossEntropy(tape: Tape, inputs: CrossEntropyInputs): Tensor {
  const { logits, targets, weights } = inputs;
  const [rows, classes] = logits.shape;
  const spec = { rows, classes, training: tape.watches(logits) };
  const kernel = tape.kernel('crossEntropy', spec);
  if (!kernel) {
    // One-hot rows. Comparing class indices is exact even if rows · classes exceeds float32's whole numbers.
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

/**
 * Computes Σ rows · (−log softmax(logits)) / Σ weights as [1]. The rows [N, C] are already multiplied by their weights.
 * The result is 0 if all weights are 0.
 */
export function crossEntropyOfRows(tape: Tape, logits: Tensor, rows: Tensor, weights: Tensor): Tensor {
  const losses = tape.mul(rows, tape.affine(tape.logSoftmax(logits), -1));
  const total = tape.sum(weights);
  const divisor = tape.add(total, tape.affine(tape.step(total), -1, 1));
  return tape.div(tape.reshape(tape.sum(losses), [1]), divisor);
}
