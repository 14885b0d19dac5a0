import type { Activation } from '../contract/activation.js';
import type { DenseInputs } from '../contract/fused.js';
import { type Shape, sizeOf, type Tensor } from '../contract/tensor.js';
import { activate } from '../tape/activate.js';
import type { Tape } from '../tape/tape.js';

/**
 * Computes activation(x · kernel + bias) for each row of x, [..., I] → [..., U], fused or, if the backend declines, composed.
 */
export function denseRows(tape: Tape, inputs: DenseInputs, activation: Activation): Tensor {
  const { x, kernel: weights, bias } = inputs;
  const { shape } = x;
  const [inputSize, units] = weights.shape;
  const outputShape = shape.slice();
  outputShape[shape.length - 1] = units;
  const rows = sizeOf(outputShape) / units;
  const given = [x, weights, bias];
  const spec = {
    rows,
    inputSize,
    units,
    activation,
    bias: bias !== undefined,
    training: tape.watchesAny(given),
    inputGradient: tape.watches(x),
    int8: weights.int8,
  };
  const kernel = tape.kernel('dense', spec);
  if (!kernel) {
    const linear = tape.matmul(tape.reshape(x, [rows, inputSize]), weights);
    const y = activate(tape, bias ? tape.add(linear, bias) : linear, activation);
    return tape.reshape(y, outputShape);
  }
  // The kernel and the reshapes around it are recorded as one operation.
  const reshape = (x: Tensor, shape: Shape) => tape.backend.reshape(tape.own(x), shape);
  const flat = { x: tape.own(tape.backend.reshape(x, [rows, inputSize])), kernel: weights, bias };
  const outputs = kernel.forward(spec, flat);
  const y = reshape(outputs.y, outputShape);
  tape.record(
    given,
    [y],
    ([dy]) => {
      const gradient = tape.own(tape.backend.reshape(dy as Tensor, [rows, units]));
      const gradients = kernel.backward(spec, flat, outputs, gradient);
      const dx = gradients.x && reshape(gradients.x, shape);
      return tape.ownAll([dx, gradients.kernel, gradients.bias]);
    },
    outputs.saved,
  );
  return y;
}
