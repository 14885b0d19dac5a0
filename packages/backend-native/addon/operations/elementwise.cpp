/* Operations that compute each element from the elements at the same index, with NumPy's broadcasting. */
#include "operations.h"

namespace recurra {

/** Returns a new array of x's size; `kernel` computes y from x. */
template <typename F>
static void compute(Device& device, F kernel) {
  const Tensor x = device.tensor(X);
  NewArray y(device.memory, x.size);
  float* to = y.data();
  forEachPart(device, x.size, [&](Size begin, Size size) { kernel(x.data + begin, to + begin, size); });
  device.give(Y, y);
}

void unary(Device& device) {
  const Unary code = device.code<Unary>();
  compute(device, [&](const float* x, float* y, Size size) { device.kernels->unary(code, x, y, size); });
}

/** y = scale · x + shift */
void affine(Device& device) {
  const float scale = device.single(SCALE);
  const float shift = device.single(SHIFT);
  compute(device, [&](const float* x, float* y, Size size) { device.kernels->affine(x, scale, shift, y, size); });
}

/** y [size] with all elements equal to shift. */
void fill(Device& device) {
  const Size size = device.size(SIZE);
  NewArray y(device.memory, size);
  device.kernels->fill(y.data(), device.single(SHIFT), size);
  device.give(Y, y);
}

/** N arrays that are read as if they had one shape, with as few axes as possible. */
template <int N>
struct Broadcast {
  Shape sizes;
  Shape strides[N];
};

/** The common shape of the N shared shapes. @throws Failure (shape) if there is none, or an array does not fill its shape */
template <int N>
static Broadcast<N> broadcast(const Device& device, const Tensor (&xs)[N]) {
  Broadcast<N> all = {{{1, 1, 1, 1}}, {}};
  for (int i = 0; i < N; i++) {
    const Shape shape = sharedShape(device, i);
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

/** Calls kernel(matrices, y, rows, columns) for parts of a matrix y [rows, columns] that is computed from N matrices. */
template <int N, typename F>
static void combineParts(Device& device, const Matrix (&matrices)[N], float* y, Size rows, Size columns, F kernel) {
  // Whole rows, or a part of the only one.
  const Size width = rows > 1 ? std::max(columns, Size(1)) : 1;
  forEachPart(device, rows * columns, [&](Size first, Size size) {
    const Size begin = (first + width - 1) / width;
    const Size count = (first + size + width - 1) / width - begin;
    Matrix parts[N];
    for (int n = 0; n < N; n++) {
      const Matrix& whole = matrices[n];
      parts[n] = {whole.data + begin * (rows > 1 ? whole.row : whole.column), whole.row, whole.column};
    }
    kernel(parts, y + begin * width, rows > 1 ? count : rows, rows > 1 ? columns : count);
  });
}

/** Returns a new array of the common shape; `kernel` computes a matrix of it from matrices of the N arrays. */
template <int N, typename F>
static void combine(Device& device, const Tensor (&xs)[N], F kernel) {
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
      combineParts(device, matrices, to, rows, columns, kernel);
    }
  }
  device.give(Y, y);
}

void binary(Device& device) {
  const Binary code = device.code<Binary>();
  combine<2>(device, {device.tensor(A), device.tensor(B)}, [&](const Matrix* x, float* y, Size rows, Size columns) {
    device.kernels->binary(code, x[0], x[1], y, rows, columns);
  });
}

/** a where the condition is not 0, else b. */
void select(Device& device) {
  const Tensor operands[] = {device.tensor(CONDITION), device.tensor(A), device.tensor(B)};
  combine<3>(device, operands, [&](const Matrix* x, float* y, Size rows, Size columns) {
    device.kernels->select(x[0], x[1], x[2], y, rows, columns);
  });
}

}  // namespace recurra
