/* Sums and maxima over axes, which are kept as dimensions of 1. */
#include "operations.h"

namespace recurra {

typedef void (*Reduction)(const float* x, float* y, Size outer, Size middle, Size inner);

/** Reduces from the last axis to the first, neighbouring axes together. Bit number n of `axes` says whether axis n of x is reduced. */
static void reduce(Device& device, Reduction kernel) {
  Shape shape = sharedShape(device, 0);
  const Size axes = device.size(AXES);
  const Tensor x = device.tensor(X, "the argument", shape.size());
  std::optional<NewArray> y;
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
    kernel(y ? y->data() : x.data, next.data(), outer, middle, inner);
    y.emplace(std::move(next));
    for (int axis = start; axis < end; axis++) shape.sizes[axis] = 1;
    end = start;
  }
  if (!y) __builtin_memcpy(y.emplace(device.memory, x.size).data(), x.data, x.size * sizeof(float));
  device.give(Y, y);
}

void sum(Device& device) { reduce(device, device.kernels->sum); }

void maximum(Device& device) { reduce(device, device.kernels->maximum); }

}  // namespace recurra
