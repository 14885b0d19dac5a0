import { broadcastShape, type Operations, type Shape } from '@recurra/core/backend';
import { BINARY, UNARY } from './codes.js';
import { F } from './fields.js';
import { type Context, shareShape } from './memory.js';

/** Operations that compute each element from the elements at the same index. */
export function elementwise({
  native,
  get,
  result,
}: Context): Pick<Operations, 'unary' | 'binary' | 'affine' | 'select'> {
  const { shared, unary, affine, binary, select } = native;
  return {
    unary(op, x) {
      shared[F.code] = UNARY[op];
      shared[F.x] = get(x);
      unary();
      return result(F.y, x.shape);
    },

    affine(x, scale, shift) {
      shared[F.x] = get(x);
      shared[F.scale] = scale;
      shared[F.shift] = shift;
      affine();
      return result(F.y, x.shape);
    },

    binary(op, a, b) {
      shared[F.code] = BINARY[op];
      shared[F.a] = get(a);
      shared[F.b] = get(b);
      shareShape(shared, 0, a.shape);
      shareShape(shared, 1, b.shape);
      binary();
      return result(F.y, commonShape(a.shape, b.shape));
    },

    select(condition, a, b) {
      shared[F.condition] = get(condition);
      shared[F.a] = get(a);
      shared[F.b] = get(b);
      shareShape(shared, 0, condition.shape);
      shareShape(shared, 1, a.shape);
      shareShape(shared, 2, b.shape);
      select();
      return result(F.y, commonShape(condition.shape, commonShape(a.shape, b.shape)));
    },
  };
}

/** The shape that two shapes broadcast to. Core has checked that they do. */
function commonShape(a: Shape, b: Shape): Shape {
  return broadcastShape(a, b) as Shape;
}
