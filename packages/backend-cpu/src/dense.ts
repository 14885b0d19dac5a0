import { type ActivationName, activationKind, type DenseKernel, type DenseSpec } from '@recurra/core';
import { product } from './matmul.js';
import type { Arrays } from './memory.js';

// The kernels know an activation by its place here.
const ACTIVATIONS: readonly ActivationName[] = ['linear', 'relu', 'sigmoid', 'tanh'];

/** A dense layer: its bias goes in before the product, its activation over the result. */
export function dense(arrays: Arrays): DenseKernel {
  const { kernels, at, create, work } = arrays;
  const activationOf = ({ activation }: DenseSpec) => ACTIVATIONS.indexOf(activationKind(activation));

  return {
    declines({ activation }) {
      const kind = activationKind(activation);
      return ACTIVATIONS.includes(kind)
        ? undefined
        : `activation ${kind}; fused are ${ACTIVATIONS.join(', ')}`;
    },

    forward: (spec, { x, kernel, bias }) =>
      work(() => {
        const { rows, inputSize, units } = spec;
        const y = create([rows, units]);
        const to = { address: at(y), row: units };
        if (bias) kernels.fillRows(at(bias), to.address, rows, units);
        const inputs = { address: at(x), row: inputSize };
        product(arrays, inputs, { address: at(kernel), row: units }, to, [rows, units, inputSize], spec.bias);
        kernels.denseActivation(activationOf(spec), to.address, rows * units);
        return { y, saved: [] };
      }),

    backward: (spec, { x, kernel, bias }, { y }, dy) =>
      work((scratch) => {
        const { rows, inputSize, units } = spec;
        const da = { address: scratch(rows * units), row: units };
        kernels.denseActivationGradient(activationOf(spec), at(y), at(dy), da.address, rows * units);

        const dKernel = create([inputSize, units]);
        const inputs = { address: at(x), row: inputSize, transposed: true };
        product(arrays, inputs, da, { address: at(dKernel), row: units }, [inputSize, units, rows]);
        const dBias = bias && create([units]);
        if (dBias) kernels.sum(da.address, at(dBias), 1, rows, units);
        const dx = spec.inputGradient ? create([rows, inputSize]) : undefined;
        if (dx) {
          const factor = { address: at(kernel), row: units, transposed: true };
          product(arrays, da, factor, { address: at(dx), row: inputSize }, [rows, inputSize, units]);
        }
        return { x: dx, kernel: dKernel, bias: dBias };
      }),
  };
}
