/* Operations that compute each element from the elements at the same index, with NumPy's broadcasting. */
#include "operations.h"

namespace recurra {

Handle unary(Device& device, Unary op, Tensor x) {
  NewArray y(device.memory, x.size);
  device.kernels->unary(op, x.data, y.data(), x.size);
  return y.give();
}

Handle affine(Device& device, Tensor x, float scale, float shift) {
  NewArray y(device.memory, x.size);
  device.kernels->affine(x.data, scale, shift, y.data(), x.size);
  return y.give();
}

Handle fill(Device& device, Size size, float value) {
  NewArray y(device.memory, size);
  device.kernels->fill(y.data(), value, size);
  return y.give();
}

/** N arrays that are read as if they had one shape, with as few axes as possible. */
template <int N>
struct Broadcast {
  Shape sizes;
  Shape strides[N];
};

/** The common shape of the N shapes in `shared`. @throws Failure (shape) if there is none, or an array does not fill its shape */
template <int N>
static Broadcast<N> broadcast(const Device& device, const Tensor (&xs)[N]) {
  Broadcast<N> all = {{{1, 1, 1, 1}}, {}};
  for (int i = 0; i < N; i++) {
    const Shape shape = sharedShape(device, 4 * i);
    expectSize("an operand", xs[i], shape.size());
    const Shape strides = stridesOf(shape);
    for (int axis = 0; axis < 4; axis++) {
      all.strides[i].sizes[axis] = shape[axis] == 1 ? 0 : strides[axis];
      if (shape[axis] == 1) continue;
      if (all.sizes[axis] != 1 && all.sizes[axis] != shape[axis])
        fail(FailureKind::shape, "an axis of " + std::to_string(shape[axis]) + " and one of " +
                                     std::to_string(all.sizes[axis]) + " elements do not broadcast");
      all.sizes.sizes[axis] = shape[axis];
    }
  }
  return all;
}

/** Merges neighbouring axes where, in every array, a step along the outer one is as long as the whole inner one. */
template <int N>
static void merge(Broadcast<N>& all) {
  for (const int axis : {2, 1, 0, 2, 1, 2}) {
    const Size outer = all.sizes[axis];
    const Size inner = all.sizes[axis + 1];
    bool joins = true;
    for (const Shape& strides : all.strides)
      joins = joins && (outer == 1 || inner == 1 || strides[axis] == strides[axis + 1] * inner);
    if (!joins) continue;
    for (Shape& strides : all.strides) {
      if (inner == 1) strides.sizes[axis + 1] = strides[axis];
      // The axes further out move in by one.
      for (int i = axis; i > 0; i--) strides.sizes[i] = strides[i - 1];
      strides.sizes[0] = 0;
    }
    all.sizes.sizes[axis + 1] = outer * inner;
    for (int i = axis; i > 0; i--) all.sizes.sizes[i] = all.sizes[i - 1];
    all.sizes.sizes[0] = 1;
  }
}

/** A new array of the common shape; `kernel` computes a matrix of it from matrices of the N arrays. */
template <int N, typename F>
static Handle combine(Device& device, const Tensor (&xs)[N], F kernel) {
  Broadcast<N> all = broadcast(device, xs);
  NewArray y(device.memory, all.sizes.size());
  merge(all);
  float* to = y.data();
  const auto [outer, inner, rows, columns] = all.sizes.sizes;
  for (Size i = 0; i < outer; i++) {
    for (Size j = 0; j < inner; j++, to += rows * columns) {
      Matrix matrices[N];
      for (int n = 0; n < N; n++) {
        const Shape& strides = all.strides[n];
        matrices[n] = {xs[n].data + i * strides[0] + j * strides[1], strides[2], strides[3]};
      }
      kernel(matrices, to, rows, columns);
    }
  }
  return y.give();
}

Handle binary(Device& device, Binary op, Tensor a, Tensor b) {
  return combine<2>(device, {a, b}, [&](const Matrix* x, float* y, Size rows, Size columns) {
    device.kernels->binary(op, x[0], x[1], y, rows, columns);
  });
}

Handle select(Device& device, Tensor condition, Tensor a, Tensor b) {
  return combine<3>(device, {condition, a, b}, [&](const Matrix* x, float* y, Size rows, Size columns) {
    device.kernels->select(x[0], x[1], x[2], y, rows, columns);
  });
}

}  // namespace recurra
