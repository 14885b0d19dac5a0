import type { CrossEntropyInputs } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';

/**
 * The mean of −log softmax(logits)[target], weighted, as [1]: by the backend's fused kernel, or composed from the ground
 * floor where it declines.
 */
export function softmaxCrossEntropy(tape: Tape, inputs: CrossEntropyInputs): Tensor {
  const { logits, targets, weights } = inputs;
  const [rows, classes] = logits.shape;
  const spec = { rows, classes, training: tape.watches(logits) };
  const kernel = tape.fused.crossEntropy;
  const reason = kernel ? kernel.declines(spec) : 'no fused kernel';
  if (!kernel || reason !== undefined) {
    tape.ran.push({ kernel: 'crossEntropy', way: 'composed', reason });
    // The row of a class, times its weight. Comparing is exact also where rows · classes is past float32's whole numbers.
    const all = tape.constant(
      Array.from({ length: classes }, (_, c) => c),
      [1, classes],
    );
    const isOther = tape.step(tape.abs(tape.sub(tape.reshape(targets, [rows, 1]), all)));
    const oneHot = tape.affine(isOther, -1, 1);
    return crossEntropyOfRows(tape, logits, tape.mul(oneHot, tape.reshape(weights, [rows, 1])), weights);
  }
  tape.ran.push({ kernel: 'crossEntropy', way: 'fused' });
  const outputs = kernel.forward(spec, inputs);
  for (const saved of outputs.saved) tape.own(saved);
  tape.record([logits], [outputs.loss], ([dLoss]) => [
    tape.own(kernel.backward(spec, inputs, outputs, dLoss as Tensor)),
  ]);
  return outputs.loss;
}

/** Σ rows · (−log softmax(logits)) / Σ weights as [1]; rows [N, C] have their weight in them. 0 where no row has one. */
export function crossEntropyOfRows(tape: Tape, logits: Tensor, rows: Tensor, weights: Tensor): Tensor {
  const losses = tape.mul(rows, tape.affine(tape.logSoftmax(logits), -1));
  const total = tape.sum(weights);
  const divisor = tape.add(total, tape.affine(tape.step(total), -1, 1));
  return tape.div(tape.reshape(tape.sum(losses), [1]), divisor);
}
