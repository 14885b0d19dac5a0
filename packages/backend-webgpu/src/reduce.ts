import type { Tensor } from '@recurra/core';
import { type Operations, sizeOf, stridesOf } from '@recurra/core/backend';
import type { Context } from './memory.js';
import {
  type InvocationsPerRow,
  invocationsPerRow,
  reductionFunctions,
  rowKernelStart,
  rowWorkgroups,
} from './row-reduction.js';
import { binding, FUNCTIONS, padToFour } from './wgsl.js';

/** The result of a reduction over no elements. */
const STARTS = { sum: 0, max: -Infinity };

/** The sum and the largest value over some axes. */
export function reduce({ create, dispatch, scoped }: Context): Pick<Operations, 'sum' | 'max'> {
  const run = (name: 'sum' | 'max', x: Tensor, axes: readonly number[]) => {
    const isReduced = (axis: number) => axes.includes(axis);
    const shape = x.shape.map((size, axis) => (isReduced(axis) ? 1 : size));
    const reducedShape = x.shape.map((size, axis) => (isReduced(axis) ? size : 1));
    const strides = stridesOf(x.shape);
    const keptStrides = strides.map((stride, axis) => (isReduced(axis) ? 0 : stride));
    const reducedStrides = strides.map((stride, axis) => (isReduced(axis) ? stride : 0));
    const [rows, length] = [sizeOf(shape), sizeOf(reducedShape)];
    const perRow = invocationsPerRow(rows, length);
    return scoped(() => {
      const y = create(shape);
      dispatch({
        program: { key: `${name} ${perRow}`, code: () => reduceCode(name, perRow) },
        buffers: [y, x],
        uniforms: {
          u32: [
            ...[...padToFour(shape, 1), ...padToFour(keptStrides, 0)],
            ...[...padToFour(reducedShape, 1), ...padToFour(reducedStrides, 0)],
            ...[rows, length],
          ],
          f32: [STARTS[name], 0],
        },
        workgroups: rowWorkgroups(rows, perRow),
      });
      return y;
    });
  };
  return { sum: (x, axes) => run('sum', x, axes), max: (x, axes) => run('max', x, axes) };
}

/** y [rows]: each element is the reduction of `length` elements of x. */
function reduceCode(name: 'sum' | 'max', perRow: InvocationsPerRow): string {
  return `
struct Uniforms {
  shape: vec4<u32>, strides: vec4<u32>, reducedShape: vec4<u32>, reducedStrides: vec4<u32>,
  rows: u32, length: u32, start: f32, padding: f32,
}
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'x', 'array<f32>')}
${binding(2, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${reductionFunctions([name], perRow)}
${rowKernelStart(perRow)}
  let first = indexOf(coordinates(row, uniforms.shape), uniforms.strides);
  var own = uniforms.start;
  for (var k = lane; k < uniforms.length; k += LANES) {
    let offset = indexOf(coordinates(k, uniforms.reducedShape), uniforms.reducedStrides);
    own = ${name}OfTwo(own, x[first + offset]);
  }
  let result = ${name}OfRow(own, lane);
  if (lane == 0u) { y[row] = result; }
}
`;
}
