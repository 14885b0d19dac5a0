import type { Tensor } from '@recurra/core';
import { type Operations, sizeOf } from '@recurra/core/backend';
import type { Arrays } from './memory.js';
import { eachRow, foldFunctions, type Lanes, lanesFor, teams } from './team.js';
import { binding, FUNCTIONS, fourOf, stridesOf } from './wgsl.js';

const STARTS = { sum: 0, max: -Infinity };

/** Operations that make many elements into one. */
export function reduce({ create, dispatch, work }: Arrays): Pick<Operations, 'sum' | 'max'> {
  const fold = (name: 'sum' | 'max', x: Tensor, axes: readonly number[]) => {
    const reduced = (axis: number) => axes.includes(axis);
    const shape = x.shape.map((size, axis) => (reduced(axis) ? 1 : size));
    const inner = x.shape.map((size, axis) => (reduced(axis) ? size : 1));
    const strides = stridesOf(x.shape);
    const [rows, length] = [sizeOf(shape), sizeOf(inner)];
    const lanes = lanesFor(rows, length);
    return work(() => {
      const y = create(shape);
      dispatch({
        program: { key: `${name} by ${lanes}`, code: () => foldCode(name, lanes) },
        buffers: [y, x],
        uniforms: {
          u32: [
            ...fourOf(shape, 1),
            ...fourOf(
              strides.map((stride, axis) => (reduced(axis) ? 0 : stride)),
              0,
            ),
            ...fourOf(inner, 1),
            ...fourOf(
              strides.map((stride, axis) => (reduced(axis) ? stride : 0)),
              0,
            ),
            ...[rows, length],
          ],
          f32: [STARTS[name], 0],
        },
        workgroups: teams(rows, lanes),
      });
      return y;
    });
  };
  return { sum: (x, axes) => fold('sum', x, axes), max: (x, axes) => fold('max', x, axes) };
}

function foldCode(name: 'sum' | 'max', lanes: Lanes): string {
  return `
struct Uniforms {
  shape: vec4<u32>, strides: vec4<u32>, innerShape: vec4<u32>, innerStrides: vec4<u32>,
  rows: u32, length: u32, start: f32, padding: f32,
}
${binding(0, 'read_write', 'y', 'array<f32>')}
${binding(1, 'read', 'x', 'array<f32>')}
${binding(2, 'uniform', 'uniforms', 'Uniforms')}
${FUNCTIONS}
${foldFunctions([name], lanes)}
${eachRow(lanes)}
  let first = along(place(row, uniforms.shape), uniforms.strides);
  var mine = uniforms.start;
  for (var k = lane; k < uniforms.length; k += LANES) {
    mine = ${name}Two(mine, x[first + along(place(k, uniforms.innerShape), uniforms.innerStrides)]);
  }
  let all = ${name}Of(mine, lane);
  if (lane == 0u) { y[row] = all; }
}
`;
}
