import type { Shape, Tensor } from '@recurra/core';
import {
  type BinaryOp,
  broadcastShape,
  type Operations,
  sameShape,
  sizeOf,
  type UnaryOp,
} from '@recurra/core/backend';
import type { Arrays } from './memory.js';
import { binding, broadcastStrides, ELEMENT, elements, FUNCTIONS, fourOf } from './wgsl.js';

const UNARY: Record<UnaryOp, string> = {
  exp: 'exponential(a)',
  log: 'logarithm(a)',
  sqrt: 'select(sqrt(a), noNumber(a), isNaN(a) || a < 0.0)',
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

const NAMES = ['a', 'b', 'c'];

/** Operations that compute each element from those at the same place. */
export function elementwise({
  create,
  dispatch,
  work,
}: Arrays): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  /**
   * y = `expression` of a, b, c, which are broadcast, and of the numbers p and q. Operands of the result's own shape are
   * read in its order, and need no more than the count.
   */
  const map = (expression: string, operands: readonly Tensor[], [p, q]: readonly number[] = [0, 0]) => {
    const shape = operands.map((x) => x.shape).reduce(commonShape);
    const broadcast = operands.some((x) => !sameShape(x.shape, shape));
    const count = sizeOf(shape);
    const strides = broadcast ? operands.flatMap((x) => fourOf(broadcastStrides(x.shape, shape), 0)) : [];
    return work(() => {
      const y = create(shape);
      dispatch({
        program: {
          key: `elementwise ${operands.length}${broadcast ? ' broadcast' : ''}: ${expression}`,
          code: () => mapCode(expression, operands.length, broadcast),
        },
        buffers: [y, ...operands],
        uniforms: { u32: [...(broadcast ? fourOf(shape, 1) : []), ...strides, count, 0], f32: [p, q] },
        workgroups: elements(count),
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

function mapCode(expression: string, count: number, broadcast: boolean): string {
  const names = NAMES.slice(0, count);
  const fields = broadcast ? ['shape', ...names.map((name) => `${name}Strides`)] : [];
  return `
struct Uniforms { ${fields.map((field) => `${field}: vec4<u32>, `).join('')}count: u32, padding: u32, p: f32, q: f32 }
${binding(0, 'read_write', 'y', 'array<f32>')}
${names.map((name, k) => binding(k + 1, 'read', `${name}Array`, 'array<f32>')).join('\n')}
${binding(count + 1, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${ELEMENT}
  ${broadcast ? 'let at = place(i, uniforms.shape);' : ''}
  ${names.map((name) => `let ${name} = ${name}Array[${broadcast ? `along(at, uniforms.${name}Strides)` : 'i'}];`).join('\n  ')}
  y[i] = ${expression};
}
`;
}

/** Core has checked that the shapes broadcast. */
function commonShape(a: Shape, b: Shape): Shape {
  return broadcastShape(a, b) as Shape;
}
