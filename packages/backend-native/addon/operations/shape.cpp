/* Operations that only move elements. */
#include "operations.h"

namespace recurra {

/** A new array of shape `size`, from the elements of x from number `start` on, with these strides. */
static Handle copyStrided(Device& device, Tensor x, Size start, const Shape& size, const Shape& strides) {
  NewArray y(device.memory, size.size());
  const Shape to = stridesOf(size);
  Copy copy = {x.data + start, y.data(), {}, {}, {}};
  for (int axis = 0; axis < 4; axis++) {
    copy.size[axis] = size[axis];
    copy.fromStride[axis] = strides[axis];
    copy.toStride[axis] = to[axis];
  }
  device.kernels->copy(copy);
  return y.give();
}

/** Shared: the shape of x, and the axis of x that each axis of the result is. */
Handle transpose(Device& device, Tensor x) {
  const Shape shape = sharedShape(device, 0);
  const Shape permutation = sharedShape(device, 4);
  expectSize("the argument", x, shape.size());
  const Shape strides = stridesOf(shape);
  Shape size;
  Shape from;
  int seen = 0;
  for (int axis = 0; axis < 4; axis++) {
    const Size source = permutation[axis];
    if (source > 3) fail(FailureKind::shape, "there is no axis " + std::to_string(source));
    seen |= 1 << source;
    size.sizes[axis] = shape[static_cast<int>(source)];
    from.sizes[axis] = strides[static_cast<int>(source)];
  }
  if (seen != 15) fail(FailureKind::shape, "a permutation must have each axis once");
  return copyStrided(device, x, 0, size, from);
}

/** Shared: the shape of x, and the beginning and the size of the block. */
Handle slice(Device& device, Tensor x) {
  const Shape shape = sharedShape(device, 0);
  const Shape begin = sharedShape(device, 4);
  const Shape size = sharedShape(device, 8);
  expectSize("the argument", x, shape.size());
  const Shape strides = stridesOf(shape);
  Size start = 0;
  for (int axis = 0; axis < 4; axis++) {
    if (begin[axis] + size[axis] > shape[axis])
      fail(FailureKind::shape, std::to_string(size[axis]) + " elements from " + std::to_string(begin[axis]) +
                                   " on are not in an axis of " + std::to_string(shape[axis]));
    start += begin[axis] * strides[axis];
  }
  return copyStrided(device, x, start, size, strides);
}

/** Columns `start` to `start + width` of y [rows, rowWidth] = x [rows, width]. */
void paste(Device& device, Tensor x, Tensor y, Size rows, Size width, Size rowWidth, Size start) {
  expectSize("the part", x, times(rows, width));
  expectSize("the result", y, times(rows, rowWidth));
  if (start + width > rowWidth) fail(FailureKind::shape, "the part does not fit the result");
  device.kernels->copy({x.data, y.data + start, {1, 1, rows, width}, {0, 0, width, 1}, {0, 0, rowWidth, 1}});
}

}  // namespace recurra
