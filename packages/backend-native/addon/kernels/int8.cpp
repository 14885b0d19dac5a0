/*
 * Products with int8 weights: C [m, n] = X [m, k] · W [k, n], where W = Q · the scale of its column. The rows of X are rounded to whole
 * numbers of 16 bits, each row with a scale of its own, so that the sums of products are exact in 32 bits: the result does not depend
 * on their order, or on the instruction set. docs/semantics.md says how large the error may be.
 *
 * A rounded row has k elements of 16 bits, padded to whole vectors, and then its scale, float32. Weights are in panels
 * [⌈n / PANEL⌉, ⌈k / 2⌉, PANEL, 2] of bytes: the elements of two rows of a column are side by side. Missing rows and columns are 0.
 */
#include "int8.h"
#include "panels.h"

namespace recurra::RECURRA_SET {

/** Rows that are multiplied with all panels before the next ones are, and those of a tile. */
constexpr Size HEIGHT = 64;
constexpr int INT8_ROWS = WIDTH == 16 ? 8 : 4;

RECURRA_INLINE Size pairsOf(Size k) { return (k + 1) / 2; }

/** The elements before the scale of a rounded row. */
RECURRA_INLINE Size scaleIndex(Size k) { return (k + 31) / 32 * 16; }

Size roundedRowSize(Size k) { return scaleIndex(k) + 16; }

void roundRows(const float* x, Size m, Size k, float* rounded) {
  // The sum of k products of 128 · limit has no more than 31 bits.
  const Size exact = 0x7fffffff / (128 * (k > 1 ? k : 1));
  const float limit = static_cast<float>(smaller(32767, exact));
  for (Size row = 0; row < m; row++, x += k, rounded += roundedRowSize(k)) {
    Vec largest = splat(0);
    for (Size i = 0; i < k; i += WIDTH) largest = maximumOf(largest, (Vec)((Ints)loadLanes(x + i, k - i, 0) & 0x7fffffff));
    const float most = laneMax(largest);
    const float factor = most > 0 ? limit / most : 0;
    short* to = reinterpret_cast<short*>(rounded);
    for (Size i = 0; i < k; i += WIDTH) storeWhole(to + i, clamp(loadLanes(x + i, k - i, 0) * factor, -limit, limit));
    // The subtraction makes an infinite scale NaN.
    rounded[scaleIndex(k)] = (most + (most - most)) / limit;
  }
}

/** The elements, as floats, that the panels take. */
Size int8PanelsSize(Size k, Size n) { return (n + PANEL - 1) / PANEL * pairsOf(k) * PANEL / 2; }

void packInt8Panels(const signed char* weights, Size rowStride, Size k, Size n, float* panels) {
  const Size panelBytes = pairsOf(k) * 2 * PANEL;
  signed char* to = reinterpret_cast<signed char*>(panels);
  __builtin_memset(to, 0, (n + PANEL - 1) / PANEL * panelBytes);
  for (Size row = 0; row < k; row++) {
    const signed char* from = weights + row * rowStride;
    signed char* pair = to + row / 2 * 2 * PANEL + row % 2;
    for (Size column = 0; column < n; column++) pair[column / PANEL * panelBytes + column % PANEL * 2] = from[column];
  }
}

/** The factors and the result of a tile: R rows of X, the columns of a panel of W, and those of C, of which `columns` are stored. */
struct Int8Tile {
  const float* rounded;
  Size k;
  const signed char* panel;
  const float* scales;
  float* c;
  Size cRow;
  Size columns;
  bool accumulate;
};

template <int R, bool VNNI>
static void tile(const Int8Tile& t) {
  const Size rowSize = roundedRowSize(t.k);
  const Size pairs = pairsOf(t.k);
  const Pair* x = reinterpret_cast<const Pair*>(t.rounded);
  const signed char* panel = t.panel;
  Ints sums[R][VECTORS] = {};
#pragma GCC unroll 2
  for (Size k = 0; k < pairs; k++, panel += 2 * PANEL) {
    Shorts w[VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) w[v] = loadBytes(panel + v * 2 * WIDTH);
#pragma GCC unroll 8
    for (int i = 0; i < R; i++) {
      const Shorts pair = (Shorts)splatInt(x[i * rowSize + k]);
#pragma GCC unroll 4
      for (int v = 0; v < VECTORS; v++) sums[i][v] = addProducts<VNNI>(sums[i][v], pair, w[v]);
    }
  }
  for (int i = 0; i < R; i++) {
    const float scale = t.rounded[i * rowSize + scaleIndex(t.k)];
    for (int v = 0; v < VECTORS && v * WIDTH < t.columns; v++) {
      float* to = t.c + i * t.cRow + v * WIDTH;
      const Vec y = __builtin_convertvector(sums[i][v], Vec) * (load(t.scales + v * WIDTH) * scale);
      storeLanes(to, t.accumulate ? load(to) + y : y, t.columns - v * WIDTH);
    }
  }
}

/** `m` rows of a tile. */
template <bool VNNI>
static void multiplyPanel(Int8Tile t, Size m) {
  const auto next = [&](Size rows) {
    t.rounded += rows * roundedRowSize(t.k);
    t.c += rows * t.cRow;
    m -= rows;
  };
  for (; m >= INT8_ROWS; next(INT8_ROWS)) tile<INT8_ROWS, VNNI>(t);
  for (; m >= 2; next(2)) tile<2, VNNI>(t);
  if (m > 0) tile<1, VNNI>(t);
}

template <bool VNNI>
static void multiplyAll(const Int8Product& p) {
  const Size panelBytes = pairsOf(p.k) * 2 * PANEL;
  for (Size top = 0; top < p.m; top += HEIGHT) {
    for (Size column = 0; column < p.n; column += PANEL) {
      const Int8Tile t = {
          .rounded = p.rounded + top * roundedRowSize(p.k),
          .k = p.k,
          .panel = reinterpret_cast<const signed char*>(p.panels) + column / PANEL * panelBytes,
          .scales = p.scales + column,
          .c = p.c + top * p.cRow + column,
          .cRow = p.cRow,
          .columns = smaller(PANEL, p.n - column),
          .accumulate = p.accumulate,
      };
      multiplyPanel<VNNI>(t, smaller(HEIGHT, p.m - top));
    }
  }
}

void multiplyInt8(const Int8Product& product) {
  if (hasVnni()) multiplyAll<HAS_VNNI>(product);
  else multiplyAll<false>(product);
}

}  // namespace recurra::RECURRA_SET
