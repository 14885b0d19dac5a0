import type { Tensor } from '@recurra/core';
import type { RecurrentInputs, RecurrentSpec } from '@recurra/core/backend';
import type { Arrays } from '../memory.js';
import { columnSums } from './column-sums.js';
import { multiply } from './product.js';

/** dx = da · Wᵀ, over all steps. */
export function inputGradient(
  arrays: Arrays,
  spec: RecurrentSpec,
  { weights }: RecurrentInputs,
  da: Tensor,
): Tensor {
  const { time, batch, inputSize } = spec;
  const width = weights.kernel.shape[1];
  const dx = arrays.create([time, batch, inputSize]);
  multiply(arrays, {
    c: { tensor: dx, row: inputSize },
    a: { tensor: da, row: width },
    b: { tensor: weights.kernel, row: width, transposed: true },
    size: [time * batch, inputSize, width],
  });
  return dx;
}

/** dW = xᵀ · da, dU = hᵀ · du with h before each step, and the biases' sums: each over all steps at once. */
export function weightGradients(
  arrays: Arrays,
  spec: RecurrentSpec,
  { x, weights }: RecurrentInputs,
  { kept, da, du }: { kept: Tensor; da: Tensor; du: Tensor },
) {
  const { create } = arrays;
  const { cell, time, batch, inputSize, units, resetAfter } = spec;
  const steps = time * batch;
  const width = weights.kernel.shape[1];
  const kernel = create([inputSize, width]);
  multiply(arrays, {
    c: { tensor: kernel, row: width },
    a: { tensor: x, row: inputSize, transposed: true },
    b: { tensor: da, row: width },
    size: [inputSize, width, steps],
  });

  const recurrentKernel = create([units, width]);
  /** Columns of dU: those of the gates whose product is of h, or of what is kept after it. */
  const columns = (from: number, to: number, array: number) =>
    multiply(arrays, {
      c: { tensor: recurrentKernel, row: width, from },
      a: { tensor: kept, row: units, from: array * steps * units, transposed: true },
      b: { tensor: du, row: width, from },
      size: [units, to - from, steps],
    });
  if (cell === 'gru' && !resetAfter) {
    columns(0, 2 * units, 0);
    columns(2 * units, 3 * units, 1);
  } else {
    columns(0, width, 0);
  }

  const sums = (of: Tensor) => {
    const bias = create([width]);
    columnSums(arrays, of, bias, steps, width);
    return bias;
  };
  return {
    kernel,
    recurrentKernel,
    bias: weights.bias && sums(da),
    recurrentBias: weights.recurrentBias && sums(du),
  };
}
