#include "matvec.h"
#include "panels.h"

namespace recurra::RECURRA_SET {

/** Rows of B that are added at a time, so that c is loaded and stored that many times less. */
constexpr int ROWS = 4;

/** N vectors of c += the products of ROWS factors with their rows of B. */
template <int N>
RECURRA_INLINE void addRows(const Vec (&factors)[ROWS], const float* rows, Size bRow, float* c) {
  Vec sums[N];
#pragma GCC unroll 4
  for (int v = 0; v < N; v++) sums[v] = load(c + v * WIDTH);
#pragma GCC unroll 4
  for (int row = 0; row < ROWS; row++)
#pragma GCC unroll 4
    for (int v = 0; v < N; v++) sums[v] += factors[row] * load(rows + row * bRow + v * WIDTH);
#pragma GCC unroll 4
  for (int v = 0; v < N; v++) store(c + v * WIDTH, sums[v]);
}

void rowTimesMatrix(const float* a, Size aStride, const float* b, Size bRow, float* c, Size n, Size k, bool accumulate) {
  if (!accumulate)
    for (Size i = 0; i < n; i++) c[i] = 0;
  Size inner = 0;
  for (; inner + ROWS <= k; inner += ROWS) {
    const float* rows = b + inner * bRow;
    Vec factors[ROWS];
    for (int row = 0; row < ROWS; row++) factors[row] = splat(a[(inner + row) * aStride]);
    Size i = 0;
    for (; i + 4 * WIDTH <= n; i += 4 * WIDTH) addRows<4>(factors, rows + i, bRow, c + i);
    for (; i + WIDTH <= n; i += WIDTH) addRows<1>(factors, rows + i, bRow, c + i);
    if (i == n) continue;
    Vec last = load(c + i);
    for (int row = 0; row < ROWS; row++) last += factors[row] * load(rows + row * bRow + i);
    storeLanes(c + i, last, n - i);
  }
  for (; inner < k; inner++) {
    const Vec factor = splat(a[inner * aStride]);
    const float* row = b + inner * bRow;
    for (Size i = 0; i < n; i += WIDTH) storeLanes(c + i, load(c + i) + factor * load(row + i), n - i);
  }
}

/**
 * N panels' columns of c. Even and odd rows have sums of their own, because a sum has to wait for the one before: so there are enough
 * of them, and the order in which a column's products are added does not depend on N.
 */
template <int N>
RECURRA_INLINE void addPanels(const float* a, const float* panels, float* c, Size columns, Size k, bool accumulate) {
  Vec sums[2][N][VECTORS] = {};
  const auto addRow = [&](Size i, Vec(&to)[N][VECTORS]) __attribute__((always_inline)) {
    const Vec factor = splat(a[i]);
#pragma GCC unroll 2
    for (int panel = 0; panel < N; panel++) {
      const float* row = panels + (panel * k + i) * PANEL;
#pragma GCC unroll 8
      for (int v = 0; v < VECTORS; v++) to[panel][v] += factor * load(row + v * WIDTH);
    }
  };
  Size i = 0;
  for (; i + 2 <= k; i += 2) {
    addRow(i, sums[0]);
    addRow(i + 1, sums[1]);
  }
  if (i < k) addRow(i, sums[0]);
#pragma GCC unroll 2
  for (int panel = 0; panel < N; panel++)
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      const Size column = panel * PANEL + v * WIDTH;
      const Vec sum = sums[0][panel][v] + sums[1][panel][v];
      if (column < columns) storeLanes(c + column, accumulate ? load(c + column) + sum : sum, columns - column);
    }
}

void rowTimesPanels(const float* a, const float* panels, float* c, Size n, Size k, bool accumulate) {
  Size column = 0;
  for (; column + PANEL < n; column += 2 * PANEL) addPanels<2>(a, panels + column * k, c + column, n - column, k, accumulate);
  if (column < n) addPanels<1>(a, panels + column * k, c + column, n - column, k, accumulate);
}

/** The sums of N products a · row. */
template <int N>
RECURRA_INLINE void dots(const float* a, const float* rows, Size bRow, float* c, Size k, bool accumulate) {
  Vec sums[N][2] = {};
  Size inner = 0;
  for (; inner + 2 * WIDTH <= k; inner += 2 * WIDTH) {
    const Vec x0 = load(a + inner);
    const Vec x1 = load(a + inner + WIDTH);
#pragma GCC unroll 4
    for (int i = 0; i < N; i++) {
      sums[i][0] += x0 * load(rows + i * bRow + inner);
      sums[i][1] += x1 * load(rows + i * bRow + inner + WIDTH);
    }
  }
  for (; inner < k; inner += WIDTH) {
    const Vec x = loadLanes(a + inner, k - inner, 0);
    for (int i = 0; i < N; i++) sums[i][0] += x * loadLanes(rows + i * bRow + inner, k - inner, 0);
  }
  for (int i = 0; i < N; i++) c[i] = (accumulate ? c[i] : 0) + laneSum(sums[i][0] + sums[i][1]);
}

void rowTimesTransposed(const float* a, const float* b, Size bRow, float* c, Size n, Size k, bool accumulate) {
  Size i = 0;
  for (; i + 4 <= n; i += 4) dots<4>(a, b + i * bRow, bRow, c + i, k, accumulate);
  for (; i < n; i++) dots<1>(a, b + i * bRow, bRow, c + i, k, accumulate);
}

}  // namespace recurra::RECURRA_SET
