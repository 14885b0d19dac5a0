import type { Tensor } from '@recurra/core';
import {
  type ActivationName,
  activationKind,
  type DenseKernel,
  type DenseSpec,
  whyInt8Training,
} from '@recurra/core/backend';
import { ACTIVATIONS } from './abi.generated.js';
import { product } from './matmul.js';
import type { Context } from './memory.js';

const CODES: Partial<Record<ActivationName, number>> = ACTIVATIONS;

/** A dense layer: y [rows, units] = activation(x [rows, inputSize] · kernel [inputSize, units] + bias [units]). */
export function dense(context: Context): DenseKernel {
  const { kernels, addressOf, create, scoped } = context;
  const codeOf = ({ activation }: DenseSpec) => CODES[activationKind(activation)] as number;

  return {
    declines(spec) {
      const kind = activationKind(spec.activation);
      const refusal = whyInt8Training(spec);
      if (refusal !== undefined) return refusal;
      return kind in CODES ? undefined : `activation ${kind}; fused are ${Object.keys(CODES).join(', ')}`;
    },

    forward: (spec, { x, kernel, bias }) =>
      scoped((scratch) => {
        const { rows, inputSize, units } = spec;
        const y = create([rows, units]);
        const input = { address: addressOf(x), rowStride: inputSize };
        const weights = { address: addressOf(kernel), rowStride: units };
        const output = { address: addressOf(y), rowStride: units };
        // The product is added to the bias, and the activation is applied in place.
        if (bias) kernels.fillRows(addressOf(bias), output.address, rows, units);
        const size = [rows, units, inputSize] as const;
        if (spec.int8) int8Product(context, input.address, kernel, output.address, size, spec.bias, scratch);
        else product(context, input, weights, output, size, spec.bias);
        kernels.denseActivation(codeOf(spec), output.address, rows * units);
        return { y, saved: [] };
      }),

    backward: (spec, { x, kernel, bias }, { y }, dy) =>
      scoped((scratch) => {
        const { rows, inputSize, units } = spec;
        const da = { address: scratch(rows * units), rowStride: units };
        kernels.denseActivationGradient(codeOf(spec), addressOf(y), addressOf(dy), da.address, rows * units);

        const dKernel = create([inputSize, units]);
        const transposedInput = { address: addressOf(x), rowStride: inputSize, transposed: true };
        const dWeights = { address: addressOf(dKernel), rowStride: units };
        product(context, transposedInput, da, dWeights, [inputSize, units, rows]);
        const dBias = bias && create([units]);
        if (dBias) kernels.sum(da.address, addressOf(dBias), 1, rows, units);
        const dx = spec.inputGradient ? create([rows, inputSize]) : undefined;
        if (dx) {
          const transposedWeights = { address: addressOf(kernel), rowStride: units, transposed: true };
          const dInput = { address: addressOf(dx), rowStride: inputSize };
          product(context, da, transposedWeights, dInput, [rows, inputSize, units]);
        }
        return { x: dx, kernel: dKernel, bias: dBias };
      }),
  };
}

/** C [m, n] = A [m, k] · B [k, n], or C + A · B, where B are int8 weights. */
function int8Product(
  { kernels, packedPanels, scalesOf }: Context,
  a: number,
  b: Tensor,
  c: number,
  [m, n, k]: readonly [m: number, n: number, k: number],
  accumulate: boolean,
  scratch: (size: number) => number,
): void {
  const panels = packedPanels(b, { from: 0, count: n, parts: 1, transposed: false });
  const rounded = scratch((m * kernels.roundedRowBytes(k)) / Float32Array.BYTES_PER_ELEMENT);
  kernels.roundRows(a, m, k, rounded);
  kernels.multiplyInt8(rounded, k, panels, scalesOf(b), c, n, m, 0, n, accumulate);
}
