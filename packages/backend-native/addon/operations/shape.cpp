/* Operations that only move elements. */
#include "operations.h"

namespace recurra {

/** Returns a new array of shape `size`, from the elements of x from number `start` on, with these strides. */
static void copyStrided(Device& device, Tensor x, Size start, const Shape& size, const Shape& strides) {
  NewArray y(device.memory, size.size());
  const Shape to = stridesOf(size);
  Copy copy = {x.data + start, y.data(), {}, {}, {}};
  for (int axis = 0; axis < 4; axis++) {
    copy.size[axis] = size[axis];
    copy.fromStride[axis] = strides[axis];
    copy.toStride[axis] = to[axis];
  }
  device.kernels->copy(copy);
  device.give(Y, y);
}

/** Reads the shape of x, and the axis of x that each axis of y is. */
void transpose(Device& device) {
  const Shape shape = sharedShape(device, 0);
  const Shape permutation = sharedShape(device, 1);
  const Tensor x = device.tensor(X, "the argument", shape.size());
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
  copyStrided(device, x, 0, size, from);
}

/** Reads the shape of x, and the beginning and the size of the block. */
void slice(Device& device) {
  const Shape shape = sharedShape(device, 0);
  const Shape begin = sharedShape(device, 1);
  const Shape size = sharedShape(device, 2);
  const Tensor x = device.tensor(X, "the argument", shape.size());
  const Shape strides = stridesOf(shape);
  Size start = 0;
  for (int axis = 0; axis < 4; axis++) {
    if (begin[axis] + size[axis] > shape[axis])
      fail(FailureKind::shape, std::to_string(size[axis]) + " elements from " + std::to_string(begin[axis]) +
                                   " on are not in an axis of " + std::to_string(shape[axis]));
    start += begin[axis] * strides[axis];
  }
  copyStrided(device, x, start, size, strides);
}

/** Columns `start` to `start + columns` of y [rows, rowSize] = x [rows, columns]. */
void paste(Device& device) {
  const Size rows = device.size(ROWS);
  const Size columns = device.size(COLUMNS);
  const Size rowSize = device.size(ROW_SIZE);
  const Size start = device.size(START);
  const Tensor x = device.tensor(X, "the part", times(rows, columns));
  const Tensor y = device.tensor(Y, "the result", times(rows, rowSize));
  if (start + columns > rowSize) fail(FailureKind::shape, "the part does not fit the result");
  device.kernels->copy({x.data, y.data + start, {1, 1, rows, columns}, {0, 0, columns, 1}, {0, 0, rowSize, 1}});
}

}  // namespace recurra
