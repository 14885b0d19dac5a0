import {
  type DenseInputs,
  type DenseKernel,
  type DenseSpec,
  resolveActivation,
  whyInt8Training,
} from '@recurra/core/backend';
import { ACTIVATIONS } from './codes.js';
import { F } from './fields.js';
import type { Context } from './memory.js';

/** A dense layer: y [rows, units] = activation(x [rows, inputSize] · kernel [inputSize, units] + bias [units]). */
export function dense({ native, get, getOrZero, result, resultIfAny }: Context): DenseKernel {
  const { shared, denseForward, denseBackward } = native;

  /** Writes the arguments that both passes have. */
  const write = (spec: DenseSpec, { x, kernel, bias }: DenseInputs) => {
    const { kind, alpha, beta } = resolveActivation(spec.activation);
    shared[F.code] = ACTIVATIONS[kind];
    shared[F.alpha] = alpha;
    shared[F.beta] = beta;
    shared[F.rows] = spec.rows;
    shared[F.inputSize] = spec.inputSize;
    shared[F.units] = spec.units;
    shared[F.x] = get(x);
    shared[F.kernel] = get(kernel);
    shared[F.bias] = getOrZero(bias);
  };

  return {
    declines: whyInt8Training,

    forward(spec, inputs) {
      const { rows, units, training, int8 = false } = spec;
      write(spec, inputs);
      shared[F.training] = Number(training);
      shared[F.int8] = Number(int8);
      denseForward();
      const saved = resultIfAny(F.saved, [rows, units]);
      return { y: result(F.y, [rows, units]), saved: saved ? [saved] : [] };
    },

    backward(spec, inputs, { y, saved }, dy) {
      const { rows, inputSize, units, inputGradient } = spec;
      write(spec, inputs);
      shared[F.inputGradient] = Number(inputGradient);
      shared[F.y] = get(y);
      shared[F.saved] = getOrZero(saved[0]);
      shared[F.dY] = get(dy);
      denseBackward();
      return {
        kernel: result(F.dKernel, [inputSize, units]),
        bias: resultIfAny(F.dBias, [units]),
        x: resultIfAny(F.dX, [rows, inputSize]),
      };
    },
  };
}
