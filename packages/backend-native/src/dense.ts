import { type DenseKernel, type DenseSpec, resolveActivation, whyInt8Training } from '@recurra/core/backend';
import { ACTIVATIONS } from './codes.js';
import type { Context } from './memory.js';

/** A dense layer: y [rows, units] = activation(x [rows, inputSize] · kernel [inputSize, units] + bias [units]). */
export function dense({ native, get, getOrZero, add, result }: Context): DenseKernel {
  const activationOf = (spec: DenseSpec) => {
    const { kind, alpha, beta } = resolveActivation(spec.activation);
    return [ACTIVATIONS[kind], alpha, beta] as const;
  };
  const sizesOf = ({ rows, inputSize, units }: DenseSpec) => [rows, inputSize, units] as const;

  return {
    declines: whyInt8Training,

    forward(spec, { x, kernel, bias }) {
      const { rows, units, training } = spec;
      const inputs = [get(x), get(kernel), getOrZero(bias)] as const;
      const args = [...activationOf(spec), ...inputs, ...sizesOf(spec)] as const;
      if (spec.int8) return { y: add(native.denseInt8Forward(...args), [rows, units]), saved: [] };
      const y = add(native.denseForward(...args, training), [rows, units]);
      const saved = result(0, [rows, units]);
      return { y, saved: saved ? [saved] : [] };
    },

    backward(spec, { x, kernel, bias }, { y, saved }, dy) {
      const inputs = [get(x), get(kernel), getOrZero(bias), get(y), getOrZero(saved[0]), get(dy)] as const;
      const { rows, inputSize, units, inputGradient } = spec;
      return {
        kernel: add(native.denseBackward(...activationOf(spec), ...inputs, ...sizesOf(spec), inputGradient), [
          inputSize,
          units,
        ]),
        bias: result(0, [units]),
        x: result(1, [rows, inputSize]),
      };
    },
  };
}
