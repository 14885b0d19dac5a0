import type { Tensor } from '@recurra/core';
import {
  type ActivationName,
  activationKind,
  type DenseKernel,
  type DenseSpec,
  sizeOf,
} from '@recurra/core/backend';
import type { Arrays } from '../memory.js';
import { binding, ELEMENT, elements, FUNCTIONS } from '../wgsl.js';
import { columnSums } from './column-sums.js';
import { multiply } from './product.js';

/** An activation and its gradient, which is told by y. */
const ACTIVATIONS: Readonly<Partial<Record<ActivationName, readonly [forward: string, backward: string]>>> = {
  relu: ['rectified(y)', 'dy * select(0.0, 1.0, y > 0.0)'],
  sigmoid: ['sigmoid(y)', 'dy * y * (1.0 - y)'],
  tanh: ['tangent(y)', 'dy * (1.0 - y * y)'],
};

/** A dense layer: its bias is where the product starts, its activation goes over the result. */
export function dense(arrays: Arrays): DenseKernel {
  const { create, free, work } = arrays;
  return {
    declines({ rows, activation }) {
      if (rows === 0) return 'no rows';
      const kind = activationKind(activation);
      return kind === 'linear' || kind in ACTIVATIONS
        ? undefined
        : `activation ${kind}; fused are linear, ${Object.keys(ACTIVATIONS).join(', ')}`;
    },

    forward: (spec, { x, kernel, bias }) =>
      work(() => {
        const { rows, inputSize, units } = spec;
        const y = create([rows, units]);
        multiply(arrays, {
          c: { tensor: y, row: units },
          a: { tensor: x, row: inputSize },
          b: { tensor: kernel, row: units },
          bias,
          size: [rows, units, inputSize],
        });
        activate(arrays, spec, y);
        return { y, saved: [] };
      }),

    backward: (spec, { x, kernel, bias }, { y }, dy) =>
      work(() => {
        const { rows, inputSize, units } = spec;
        const linear = activationKind(spec.activation) === 'linear';
        const da = linear ? dy : activationGradient(arrays, spec, y, dy);
        const dKernel = create([inputSize, units]);
        multiply(arrays, {
          c: { tensor: dKernel, row: units },
          a: { tensor: x, row: inputSize, transposed: true },
          b: { tensor: da, row: units },
          size: [inputSize, units, rows],
        });
        const dBias = bias && create([units]);
        if (dBias) columnSums(arrays, da, dBias, rows, units);
        const dx = spec.inputGradient ? create([rows, inputSize]) : undefined;
        if (dx) {
          multiply(arrays, {
            c: { tensor: dx, row: inputSize },
            a: { tensor: da, row: units },
            b: { tensor: kernel, row: units, transposed: true },
            size: [rows, inputSize, units],
          });
        }
        if (!linear) free(da);
        return { x: dx, kernel: dKernel, bias: dBias };
      }),
  };
}

/** y becomes the activation of y. */
function activate({ dispatch }: Arrays, { activation }: DenseSpec, y: Tensor): void {
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
${ELEMENT}
  let y = ys[i];
  ys[i] = ${expression};
}
`,
    },
    buffers: [y],
    uniforms: { u32: [count] },
    workgroups: elements(count),
  });
}

/** The gradient of what goes into the activation. */
function activationGradient(arrays: Arrays, { activation }: DenseSpec, y: Tensor, dy: Tensor): Tensor {
  const kind = activationKind(activation);
  const [, expression] = ACTIVATIONS[kind] ?? [];
  const da = arrays.create(y.shape);
  const count = sizeOf(y.shape);
  arrays.dispatch({
    program: {
      key: `dense ${kind} gradient`,
      code: () => `
struct Uniforms { count: u32 }
${binding(0, 'read_write', 'das', 'array<f32>')}
${binding(1, 'read', 'ys', 'array<f32>')}
${binding(2, 'read', 'dys', 'array<f32>')}
${binding(3, 'uniform', 'uniforms', 'Uniforms')}
${ELEMENT}
  let y = ys[i];
  let dy = dys[i];
  das[i] = ${expression};
}
`,
    },
    buffers: [da, y, dy],
    uniforms: { u32: [count] },
    workgroups: elements(count),
  });
  return da;
}
