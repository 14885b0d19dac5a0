import type { Shape, Tensor } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import type { NativeFunction, Texture } from './gpu.js';
import type { Output, Storage } from './kernels.js';
import type { Context } from './memory.js';
import { FLAT } from './strides.js';

/*
 * How a thread reads the element of an array that it combines with others. An index costs an integer division, in which a software
 * renderer takes longer than in the rest of the kernel, so an array whose texels are those of the result is read without one.
 *
 *   here      the element at the thread's own texel
 *   flat      the element with the number of the thread's
 *   row       the element of the thread's row, which all columns share
 *   column    the element of the thread's column, which all rows share
 *   one       the only element
 */
export type Access = 'here' | keyof typeof INDICES;

const INDICES = { flat: FLAT, row: 'this.thread.y', column: 'this.thread.x', one: '0' } as const;

/** The access to all elements of an array. */
export function accessOf(array: Storage, output: Output, { device }: Context): Access {
  if (!device.gl) return 'flat';
  const [width, height] = (array as Texture).output;
  return width === output[0] && height === output[1] ? 'here' : 'flat';
}

/** The access to a tensor that is broadcast to `shape`; undefined if it needs strides. */
export function broadcastAccess(
  { shape: own }: Tensor,
  shape: Shape,
  array: Storage,
  output: Output,
  context: Context,
): Access | undefined {
  const [size, columns] = [sizeOf(own), shape[shape.length - 1]];
  if (size === sizeOf(shape)) return accessOf(array, output, context);
  if (size === 1) return 'one';
  // The rows of the result are those of its texture.
  if (!context.device.gl || output[0] !== columns || output[1] === 1) return undefined;
  if (size === columns && own[own.length - 1] === columns) return 'column';
  const leading = shape.slice(0, -1);
  const isRows = own.length === shape.length && leading.every((dimension, axis) => dimension === own[axis]);
  return isRows ? 'row' : undefined;
}

/** An expression for the element, and the function in GLSL that it calls. */
function read(
  array: string,
  access: Access,
  { device }: Context,
): { value: string; native: readonly NativeFunction[] } {
  if (access !== 'here') return { value: `${array}[${INDICES[access]}]`, native: [] };
  const name = `${array}Here`;
  const sample = device.mode === 'webgl2' ? 'texture' : 'texture2D';
  return {
    value: `${name}()`,
    native: [
      {
        name,
        source: `float ${name}() { return ${sample}(user_${array}, vTexCoord).x; }`,
        returnType: 'Number',
        argumentTypes: {},
      },
    ],
  };
}

/** The same for several arrays. The key contains how they are read. */
export function readAll(arrays: readonly string[], accesses: readonly Access[], context: Context) {
  const reads = arrays.map((array, i) => read(array, accesses[i], context));
  return {
    key: accesses.every((access) => access === 'flat') ? '' : `, ${accesses}`,
    values: reads.map(({ value }) => value),
    native: reads.flatMap(({ native }) => native),
  };
}
