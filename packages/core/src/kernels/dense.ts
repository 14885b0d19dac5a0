import type { Activation } from '../contract/activation.js';
import type { DenseInputs } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import { activate } from '../tape/activate.js';
import type { Tape } from '../tape/tape.js';

/** Computes activation(x · kernel + bias) for rows [N, I] → [N, U], fused or, if the backend declines, composed. */
export function denseRows(tape: Tape, inputs: DenseInputs, activation: Activation): Tensor {
  const { x, kernel: weights, bias } = inputs;
  const spec = {
    rows: x.shape[0],
    inputSize: x.shape[1],
    units: weights.shape[1],
    activation,
    bias: bias !== undefined,
    training: tape.watchesAny([x, weights, bias]),
    inputGradient: tape.watches(x),
    int8: weights.int8,
  };
  const kernel = tape.kernel('dense', spec);
  if (!kernel) {
    const linear = tape.matmul(x, weights);
    return activate(tape, bias ? tape.add(linear, bias) : linear, activation);
  }
  const outputs = kernel.forward(spec, inputs);
  tape.record(
    [x, weights, bias],
    [outputs.y],
    ([dy]) => {
      const gradients = kernel.backward(spec, inputs, outputs, dy as Tensor);
      return tape.ownAll([gradients.x, gradients.kernel, gradients.bias]);
    },
    outputs.saved,
  );
  return outputs.y;
}
