/* Operations that compute each element from the elements at the same index. y [n] or y [rows, columns]. */
#include "math.h"
#include "table.h"

namespace recurra::RECURRA_SET {

template <typename F>
RECURRA_INLINE void map(const float* x, float* y, Size n, F f) {
  Size i = 0;
  for (; i + WIDTH <= n; i += WIDTH) store(y + i, f(load(x + i)));
  if (i < n) storeLanes(y + i, f(load(x + i)), n - i);
}

void unary(Unary op, const float* x, float* y, Size n) {
  const Vec zero = splat(0);
  switch (op) {
    case Unary::exp: return map(x, y, n, [](Vec v) { return exp(v); });
    case Unary::log: return map(x, y, n, [](Vec v) { return log(v); });
    case Unary::sqrt: return map(x, y, n, [](Vec v) { return squareRoot(v); });
    case Unary::abs: return map(x, y, n, [](Vec v) { return (Vec)((Ints)v & 0x7fffffff); });
    case Unary::relu: return map(x, y, n, [=](Vec v) { return maximumOf(v, zero); });
    case Unary::sigmoid: return map(x, y, n, [](Vec v) { return sigmoid(v); });
    case Unary::tanh: return map(x, y, n, [](Vec v) { return tanh(v); });
    case Unary::softplus: return map(x, y, n, [](Vec v) { return softplus(v); });
    case Unary::step: return map(x, y, n, [=](Vec v) { return v > zero ? splat(1) : zero; });
    case Unary::count: return;
  }
}

void affine(const float* x, float scale, float shift, float* y, Size n) {
  map(x, y, n, [=](Vec v) { return v * scale + shift; });
}

void fill(float* y, float value, Size n) {
  for (Size i = 0; i < n; i++) y[i] = value;
}

/** The vector at column i of a row: its elements, or the only one of a row with a column stride of 0. */
RECURRA_INLINE Vec elements(const float* row, Size column, Size i) { return column == 0 ? splat(*row) : load(row + i); }

template <typename F>
RECURRA_INLINE void combine(Matrix a, Matrix b, float* y, Size rows, Size columns, F f) {
  for (Size row = 0; row < rows; row++) {
    const float* left = a.data + row * a.row;
    const float* right = b.data + row * b.row;
    float* to = y + row * columns;
    Size i = 0;
    for (; i + WIDTH <= columns; i += WIDTH) store(to + i, f(elements(left, a.column, i), elements(right, b.column, i)));
    if (i < columns) storeLanes(to + i, f(elements(left, a.column, i), elements(right, b.column, i)), columns - i);
  }
}

void binary(Binary op, Matrix a, Matrix b, float* y, Size rows, Size columns) {
  switch (op) {
    case Binary::add: return combine(a, b, y, rows, columns, [](Vec l, Vec r) { return l + r; });
    case Binary::sub: return combine(a, b, y, rows, columns, [](Vec l, Vec r) { return l - r; });
    case Binary::mul: return combine(a, b, y, rows, columns, [](Vec l, Vec r) { return l * r; });
    case Binary::div: return combine(a, b, y, rows, columns, [](Vec l, Vec r) { return l / r; });
    case Binary::maximum: return combine(a, b, y, rows, columns, [](Vec l, Vec r) { return maximumOf(l, r); });
    case Binary::minimum: return combine(a, b, y, rows, columns, [](Vec l, Vec r) { return minimumOf(l, r); });
    case Binary::count: return;
  }
}

void select(Matrix condition, Matrix a, Matrix b, float* y, Size rows, Size columns) {
  const Vec zero = splat(0);
  for (Size row = 0; row < rows; row++) {
    const float* decides = condition.data + row * condition.row;
    const float* left = a.data + row * a.row;
    const float* right = b.data + row * b.row;
    float* to = y + row * columns;
    for (Size i = 0; i < columns; i += WIDTH) {
      const Vec chosen = elements(decides, condition.column, i) != zero ? elements(left, a.column, i)
                                                                       : elements(right, b.column, i);
      storeLanes(to + i, chosen, columns - i);
    }
  }
}

}  // namespace recurra::RECURRA_SET
