import { broadcastShape, type Operations, type Shape } from '@recurra/core/backend';
import { BINARY, UNARY } from './codes.js';
import { type Context, share } from './memory.js';

/** Operations that compute each element from the elements at the same index. */
export function elementwise({
  native,
  get,
  add,
}: Context): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  return {
    unary: (op, x) => add(native.unary(UNARY[op], get(x)), x.shape),

    affine: (x, scale, shift) => add(native.affine(get(x), scale, shift), x.shape),

    binary(op, a, b) {
      share(native, 0, a.shape, 1);
      share(native, 4, b.shape, 1);
      return add(native.binary(BINARY[op], get(a), get(b)), commonShape(a.shape, b.shape));
    },

    select(condition, a, b) {
      share(native, 0, condition.shape, 1);
      share(native, 4, a.shape, 1);
      share(native, 8, b.shape, 1);
      const shape = commonShape(condition.shape, commonShape(a.shape, b.shape));
      return add(native.select(get(condition), get(a), get(b)), shape);
    },
  };
}

/** The shape that two shapes broadcast to. Core has checked that they do. */
function commonShape(a: Shape, b: Shape): Shape {
  return broadcastShape(a, b) as Shape;
}
