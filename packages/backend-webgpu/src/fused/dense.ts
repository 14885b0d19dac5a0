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
import { binding, ELEMENT_KERNEL_START, elementWorkgroups, FUNCTIONS } from '../wgsl.js';
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
          size: [rows, units, inputSize],
        });
        activate(context, spec, y);
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

/** Applies the activation to y [rows, units] in place. */
function activate({ dispatch }: Context, { activation }: DenseSpec, y: Tensor): void {
  const kind = activationKind(activation);
  const [expression] = ACTIVATIONS[kind] ?? [];
  if (!expression) return;
  const count = sizeOf(y.shape);
  dispatch({
    program: {
      key: `dense ${kind}`,
      code: () => `
struct Uniforms { count: u32 }
${binding(0, 'read_write', 'ys', 'array<f32>')}
${binding(1, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${ELEMENT_KERNEL_START}
  let y = ys[i];
  ys[i] = ${expression};
}
`,
    },
    buffers: [y],
    uniforms: { u32: [count] },
    workgroups: elementWorkgroups(count),
  });
}

/** The gradient [rows, units] of the activation's argument. */
function activationGradient(context: Context, { activation }: DenseSpec, y: Tensor, dy: Tensor): Tensor {
  const kind = activationKind(activation);
  const [, expression] = ACTIVATIONS[kind] ?? [];
  const da = context.create(y.shape);
  const count = sizeOf(y.shape);
  context.dispatch({
    program: {
      key: `dense ${kind} gradient`,
      code: () => `
struct Uniforms { count: u32 }
${binding(0, 'read_write', 'das', 'array<f32>')}
${binding(1, 'read', 'ys', 'array<f32>')}
${binding(2, 'read', 'dys', 'array<f32>')}
${binding(3, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT_KERNEL_START}
  let y = ys[i];
  let dy = dys[i];
  das[i] = ${expression};
}
`,
    },
    buffers: [da, y, dy],
    uniforms: { u32: [count] },
    workgroups: elementWorkgroups(count),
  });
  return da;
}
