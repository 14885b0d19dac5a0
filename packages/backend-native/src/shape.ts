import { checkShape, type Operations, sizeOf } from '@recurra/core/backend';
import { F } from './fields.js';
import { type Context, NAME, paddedAxis, shareShape } from './memory.js';

/** Operations that only move elements, and fill. */
export function shape(
  context: Context,
): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  const { native, get, result } = context;
  const { shared, transpose, slice, create, paste, fill } = native;
  return {
    reshape: context.share,

    transpose(x, permutation) {
      const shape = permutation.map((axis) => x.shape[axis]);
      const axes = [0, 1, 2, 3];
      permutation.forEach((from, axis) => {
        axes[paddedAxis(shape, axis)] = paddedAxis(shape, from);
      });
      shared[F.x] = get(x);
      shareShape(shared, 0, x.shape);
      shareShape(shared, 1, axes);
      transpose();
      return result(F.y, shape);
    },

    slice(x, begin, size) {
      shared[F.x] = get(x);
      shareShape(shared, 0, x.shape);
      shareShape(shared, 1, begin, 0);
      shareShape(shared, 2, size);
      slice();
      return result(F.y, size.slice());
    },

    concat(xs, axis) {
      const shape = [...xs[0].shape];
      shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      const parts = xs.map(get);
      shared[F.size] = sizeOf(shape);
      create();
      shared[F.rows] = sizeOf(shape.slice(0, axis));
      shared[F.rowSize] = sizeOf(shape.slice(axis));
      shared[F.start] = 0;
      xs.forEach((x, i) => {
        shared[F.x] = parts[i];
        shared[F.columns] = sizeOf(x.shape.slice(axis));
        paste();
        shared[F.start] += shared[F.columns];
      });
      return result(F.y, shape);
    },

    fill(shape, value) {
      shared[F.size] = checkShape(NAME, shape);
      shared[F.shift] = value;
      fill();
      return result(F.y, shape.slice());
    },
  };
}
