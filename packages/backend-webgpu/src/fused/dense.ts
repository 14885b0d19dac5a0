import type { Tensor } from '@recurra/core';
import {
  type ActivationName,
  activationKind,
  type DenseKernel,
  type DenseSpec,
  sizeOf,
} from '@recurra/core/backend';
import { product } from '../matmul.js';
import type { Context } from '../memory.js';
import { elementsCode, elementWorkgroups, vectorSizeOf } from '../wgsl.js';
import { columnSums } from './column-sums.js';

/** Each activation of y, and its gradient from the activated y. */
const ACTIVATIONS: Readonly<Partial<Record<ActivationName, readonly [forward: string, backward: string]>>> = {
  relu: ['rectified(y)', 'dy * select(0.0, 1.0, y > 0.0)'],
  sigmoid: ['sigmoid(y)', 'dy * y * (1.0 - y)'],
  tanh: ['tangent(y)', 'dy * (1.0 - y * y)'],
};

/** A dense layer: y [rows, units] = activation(x [rows, inputSize] · kernel [inputSize, units] + bias [units]). */
export function dense(context: Context): DenseKernel {
  const { create, free, scoped, compileAhead } = context;
  const kernel: DenseKernel = {
    declines({ rows, activation }) {
      if (rows === 0) return 'no rows';
      const kind = activationKind(activation);
      return kind === 'linear' || kind in ACTIVATIONS
        ? undefined
        : `activation ${kind}; fused are linear, ${Object.keys(ACTIVATIONS).join(', ')}`;
    },

    forward: (spec, { x, kernel, bias }) =>
      scoped(() => {
        const { rows, inputSize, units } = spec;
        const y = create([rows, units]);
        product(context, {
          c: { tensor: y, rowStride: units },
          a: { tensor: x, rowStride: inputSize },
          b: { tensor: kernel, rowStride: units },
          bias,
          activation: ACTIVATIONS[activationKind(spec.activation)]?.[0],
          size: [rows, units, inputSize],
        });
        return { y, saved: [] };
      }),

    backward: (spec, { x, kernel, bias }, { y }, dy) =>
      scoped(() => {
        const { rows, inputSize, units } = spec;
        const linear = activationKind(spec.activation) === 'linear';
        const da = linear ? dy : activationGradient(context, spec, y, dy);
        const dKernel = create([inputSize, units]);
        product(context, {
          c: { tensor: dKernel, rowStride: units },
          a: { tensor: x, rowStride: inputSize, transposed: true },
          b: { tensor: da, rowStride: units },
          size: [inputSize, units, rows],
        });
        const dBias = bias && create([units]);
        if (dBias) columnSums(context, da, dBias, rows, units);
        const dx = spec.inputGradient ? create([rows, inputSize]) : undefined;
        if (dx) {
          product(context, {
            c: { tensor: dx, rowStride: inputSize },
            a: { tensor: da, rowStride: units },
            b: { tensor: kernel, rowStride: units, transposed: true },
            size: [rows, inputSize, units],
          });
        }
        if (!linear) free(da);
        return { x: dx, kernel: dKernel, bias: dBias };
      }),

    prepare: (spec) =>
      compileAhead(() => {
        const { rows, inputSize, units } = spec;
        const inputs = {
          x: create([rows, inputSize]),
          kernel: create([inputSize, units]),
          ...(spec.bias && { bias: create([units]) }),
        };
        const outputs = kernel.forward(spec, inputs);
        if (spec.training) kernel.backward(spec, inputs, outputs, create([rows, units]));
      }),
  };
  return kernel;
}

/** The gradient [rows, units] of the activation's argument. */
function activationGradient(context: Context, { activation }: DenseSpec, y: Tensor, dy: Tensor): Tensor {
  const kind = activationKind(activation);
  const [, expression = 'dy'] = ACTIVATIONS[kind] ?? [];
  const da = context.create(y.shape);
  const vectorSize = vectorSizeOf(sizeOf(y.shape));
  const count = sizeOf(y.shape) / vectorSize;
  context.dispatch({
    program: {
      key: `dense ${kind} gradient ${vectorSize}`,
      code: () => elementsCode(expression, ['y', 'dy'], vectorSize),
    },
    buffers: [da, y, dy],
    uniforms: { u32: [count, 0], f32: [0, 0] },
    workgroups: elementWorkgroups(count),
  });
  return da;
}
