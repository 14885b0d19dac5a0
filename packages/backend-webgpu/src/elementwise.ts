import type { Shape, Tensor } from '@recurra/core';
import {
  type BinaryOp,
  broadcastShape,
  broadcastStrides,
  type Operations,
  sameShape,
  sizeOf,
  type UnaryOp,
} from '@recurra/core/backend';
import type { Context } from './memory.js';
import {
  binding,
  ELEMENT_KERNEL_START,
  elementsCode,
  elementWorkgroups,
  FUNCTIONS,
  padToFour,
  vectorSizeOf,
} from './wgsl.js';

const UNARY: Record<UnaryOp, string> = {
  exp: 'exponential(a)',
  log: 'logarithm(a)',
  sqrt: 'select(sqrt(a), nanFrom(a), isNaN(a) || a < 0.0)',
  abs: 'abs(a)',
  relu: 'rectified(a)',
  sigmoid: 'sigmoid(a)',
  tanh: 'tangent(a)',
  softplus: 'keepNaN(a, max(a, 0.0) + log1p(exp(-abs(a))))',
  step: 'select(0.0, 1.0, a > 0.0 && !isNaN(a))',
};

const BINARY: Record<BinaryOp, string> = {
  add: 'a + b',
  sub: 'a - b',
  mul: 'a * b',
  div: 'a / b',
  maximum: 'larger(a, b)',
  minimum: 'smaller(a, b)',
};

const OPERANDS = ['a', 'b', 'c'];

/** Element-wise operations. */
export function elementwise({
  create,
  dispatch,
  scoped,
}: Context): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  /**
   * Computes y = `expression` of the operands a, b and c, which are broadcast, and of the numbers p and q. If all operands have
   * the result's shape, a simpler kernel without strides is used, which takes four elements per load if it can.
   */
  const map = (expression: string, operands: readonly Tensor[], [p, q]: readonly number[] = [0, 0]) => {
    const shape = operands.map((x) => x.shape).reduce(commonShape);
    const broadcast = operands.some((x) => !sameShape(x.shape, shape));
    const elements = sizeOf(shape);
    const vectorSize = broadcast ? 1 : vectorSizeOf(elements);
    const count = elements / vectorSize;
    const strides = broadcast ? operands.flatMap((x) => padToFour(broadcastStrides(x.shape, shape), 0)) : [];
    return scoped(() => {
      const y = create(shape);
      dispatch({
        program: {
          key: `elementwise ${operands.length} ${broadcast ? 'broadcast' : vectorSize}: ${expression}`,
          code: () =>
            broadcast
              ? broadcastCode(expression, operands.length)
              : elementsCode(expression, OPERANDS.slice(0, operands.length), vectorSize),
        },
        buffers: [y, ...operands],
        uniforms: { u32: [...(broadcast ? padToFour(shape, 1) : []), ...strides, count, 0], f32: [p, q] },
        workgroups: elementWorkgroups(count),
      });
      return y;
    });
  };

  return {
    unary: (op, x) => map(UNARY[op], [x]),
    binary: (op, a, b) => map(BINARY[op], [a, b]),
    affine: (x, scale, shift) => map('a * uniforms.p + uniforms.q', [x], [scale, shift]),
    select: (condition, a, b) => map('select(c, b, a != 0.0 || isNaN(a))', [condition, a, b]),
  };
}

/** y = expression of `count` operands, which are read with strides. */
function broadcastCode(expression: string, count: number): string {
  const names = OPERANDS.slice(0, count);
  const fields = ['shape', ...names.map((name) => `${name}Strides`)];
  return `
struct Uniforms { ${fields.map((field) => `${field}: vec4<u32>, `).join('')}count: u32, padding: u32, p: f32, q: f32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${names.map((name, k) => binding(k + 1, 'read', `${name}Array`, 'array<f32>')).join('\n')}
${binding(count + 1, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${ELEMENT_KERNEL_START}
  let position = coordinates(i, uniforms.shape);
  ${names.map((name) => `let ${name} = ${name}Array[indexOf(position, uniforms.${name}Strides)];`).join('\n  ')}
  y[i] = ${expression};
}
`;
}

/** The shape that two shapes broadcast to. Core has checked that they do. */
function commonShape(a: Shape, b: Shape): Shape {
  return broadcastShape(a, b) as Shape;
}
