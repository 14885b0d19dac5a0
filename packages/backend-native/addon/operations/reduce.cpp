/* Sums and maxima over axes, which are kept as dimensions of 1. */
#include "operations.h"

namespace recurra {

typedef void (*Reduction)(const float* x, float* y, Size outer, Size middle, Size inner);

/** Reduces from the last axis to the first, neighbouring axes together. Bit `axis` of `axes` says that it is reduced. */
static Handle reduce(Device& device, Reduction kernel, Tensor x, Size axes) {
  Shape shape = sharedShape(device, 0);
  expectSize("the argument", x, shape.size());
  NewArray current(device.memory, x.size);
  __builtin_memcpy(current.data(), x.data, x.size * sizeof(float));
  Handle result = current.give();
  for (int end = 4; end > 0;) {
    if (!(axes >> (end - 1) & 1)) {
      end--;
      continue;
    }
    int start = end - 1;
    while (start > 0 && (axes >> (start - 1) & 1)) start--;
    Size outer = 1, middle = 1, inner = 1;
    for (int axis = 0; axis < 4; axis++) (axis < start ? outer : axis < end ? middle : inner) *= shape[axis];
    NewArray next(device.memory, outer * inner);
    kernel(device.memory.get(result).data, next.data(), outer, middle, inner);
    device.memory.free(result);
    result = next.give();
    for (int axis = start; axis < end; axis++) shape.sizes[axis] = 1;
    end = start;
  }
  return result;
}

Handle sum(Device& device, Tensor x, Size axes) { return reduce(device, device.kernels->sum, x, axes); }

Handle maximum(Device& device, Tensor x, Size axes) { return reduce(device, device.kernels->maximum, x, axes); }

}  // namespace recurra
