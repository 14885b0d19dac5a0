import { checkShape, type Operations, sizeOf } from '@recurra/core/backend';
import { type Context, NAME, paddedAxis, share } from './memory.js';

/** Operations that only move elements, and fill. */
export function shape(
  context: Context,
): Pick<Operations, 'reshape' | 'transpose' | 'slice' | 'concat' | 'fill'> {
  const { native, get, add } = context;
  return {
    reshape: context.share,

    transpose(x, permutation) {
      const shape = permutation.map((axis) => x.shape[axis]);
      share(native, 0, x.shape, 1);
      for (let axis = 0; axis < 4; axis++) native.shared[4 + axis] = axis;
      permutation.forEach((from, axis) => {
        native.shared[4 + paddedAxis(shape, axis)] = paddedAxis(shape, from);
      });
      return add(native.transpose(get(x)), shape);
    },

    slice(x, begin, size) {
      share(native, 0, x.shape, 1);
      share(native, 4, begin, 0);
      share(native, 8, size, 1);
      return add(native.slice(get(x)), size.slice());
    },

    concat(xs, axis) {
      const shape = [...xs[0].shape];
      shape[axis] = xs.reduce((sum, x) => sum + x.shape[axis], 0);
      const parts = xs.map(get);
      const y = native.create(sizeOf(shape));
      const rows = sizeOf(shape.slice(0, axis));
      const rowWidth = sizeOf(shape.slice(axis));
      let start = 0;
      xs.forEach((x, i) => {
        const width = sizeOf(x.shape.slice(axis));
        native.paste(parts[i], y, rows, width, rowWidth, start);
        start += width;
      });
      return add(y, shape);
    },

    fill: (shape, value) => add(native.fill(checkShape(NAME, shape), value), shape.slice()),
  };
}
