import type { Tensor } from '@recurra/core';
import type { RecurrentInputs, RecurrentSpec, RecurrentWeights } from '@recurra/core/backend';
import { product } from '../matmul.js';
import type { Context } from '../memory.js';
import { columnSums } from './column-sums.js';

/** dx [T, B, I] = da [T, B, G·H] · Wᵀ, one product over all steps. */
export function inputGradient(
  context: Context,
  spec: RecurrentSpec,
  { weights }: RecurrentInputs,
  da: Tensor,
): Tensor {
  const { time, batch, inputSize } = spec;
  const width = weights.kernel.shape[1];
  const dx = context.create([time, batch, inputSize]);
  product(context, {
    c: { tensor: dx, rowStride: inputSize },
    a: { tensor: da, rowStride: width },
    b: { tensor: weights.kernel, rowStride: width, transposed: true },
    size: [time * batch, inputSize, width],
  });
  return dx;
}

/**
 * dW [I, G·H] = xᵀ · da, dU [H, G·H] = hᵀ · du with h before each step, and the biases' gradients [G·H], the
 * sums of da and du: each over all steps at once. `states` was saved by the forward scan.
 */
export function weightGradients(
  context: Context,
  spec: RecurrentSpec,
  { x, weights }: RecurrentInputs,
  { states, da, du }: { states: Tensor; da: Tensor; du: Tensor },
): RecurrentWeights {
  const { create } = context;
  const { cell, time, batch, inputSize, units, resetAfter } = spec;
  const steps = time * batch;
  const width = weights.kernel.shape[1];
  const kernel = create([inputSize, width]);
  product(context, {
    c: { tensor: kernel, rowStride: width },
    a: { tensor: x, rowStride: inputSize, transposed: true },
    b: { tensor: da, rowStride: width },
    size: [inputSize, width, steps],
  });

  const recurrentKernel = create([units, width]);
  /** Computes columns of dU, from array 0 of `states`, h, or array 1, the extra one. */
  const columns = (from: number, to: number, array: number) =>
    product(context, {
      c: { tensor: recurrentKernel, rowStride: width, offset: from },
      a: { tensor: states, rowStride: units, offset: array * steps * units, transposed: true },
      b: { tensor: du, rowStride: width, offset: from },
      size: [units, to - from, steps],
    });
  if (cell === 'gru' && !resetAfter) {
    columns(0, 2 * units, 0);
    columns(2 * units, 3 * units, 1);
  } else {
    columns(0, width, 0);
  }

  const biasGradient = (of: Tensor) => {
    const bias = create([width]);
    columnSums(context, of, bias, steps, width);
    return bias;
  };
  return {
    kernel,
    recurrentKernel,
    bias: weights.bias && biasGradient(da),
    recurrentBias: weights.recurrentBias && biasGradient(du),
  };
}
