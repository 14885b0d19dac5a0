#include "panels.h"

namespace recurra::RECURRA_SET {

Size panelsSize(Size k, Size n) { return (n + PANEL - 1) / PANEL * PANEL * k; }

/** Packs N whole panels side by side: each row of B may be in another page of memory, which is then visited less often. */
template <int N>
static void packRowMajor(const float* from, Size row, Size k, float* panels) {
  for (Size i = 0; i < k; i++)
    for (int panel = 0; panel < N; panel++)
      for (int v = 0; v < VECTORS; v++)
        store(panels + (panel * k + i) * PANEL + v * WIDTH, load(from + i * row + panel * PANEL + v * WIDTH));
}

/** Packs one panel of `columns` columns, at most PANEL. */
static void packAny(Matrix b, Size k, Size columns, float* panel) {
  // Sixteen rows at a time: where the columns are `b.column` apart, each cache line is then read once.
  for (Size top = 0; top < k; top += 16) {
    const Size bottom = smaller(top + 16, k);
    for (Size j = 0; j < columns; j++)
      for (Size row = top; row < bottom; row++) panel[row * PANEL + j] = b.data[row * b.row + j * b.column];
    for (Size row = top; row < bottom; row++)
      for (Size j = columns; j < PANEL; j++) panel[row * PANEL + j] = 0;
  }
}

void packPanels(Matrix b, Size k, Size n, float* panels) {
  Size column = 0;
  if (b.column == 1) {
    for (; column + 4 * PANEL <= n; column += 4 * PANEL) packRowMajor<4>(b.data + column, b.row, k, panels + column * k);
    for (; column + PANEL <= n; column += PANEL) packRowMajor<1>(b.data + column, b.row, k, panels + column * k);
  }
  for (; column < n; column += PANEL)
    packAny({b.data + column * b.column, b.row, b.column}, k, smaller(PANEL, n - column), panels + column * k);
}

void clearMatrix(float* c, Size cRow, Size m, Size n) {
  for (Size i = 0; i < m; i++)
    for (Size j = 0; j < n; j++) c[i * cRow + j] = 0;
}

void multiplyBlock(Rows a, Size m, const float* panels, Size panelStride, Size panelRow, Size depth, float* c, Size cRow, Size n,
                   bool accumulate) {
  for (Size column = 0; column < n; column += PANEL, panels += panelStride) {
    const Size columns = smaller(PANEL, n - column);
    forEachTile(m, [&](Size row, Size rows) {
      const Rows of = {a.data + row * a.row, a.row, a.column};
      TILES.tiles[rows - 1](of, panels, panelRow, depth, c + row * cRow + column, cRow, columns, accumulate);
    });
  }
}

void multiplyPanels(Rows a, Size m, const float* panels, Size panelStride, Size k, float* c, Size cRow, Size n, bool accumulate) {
  if (k == 0 && !accumulate) clearMatrix(c, cRow, m, n);
  for (Size top = 0; top < m; top += BLOCK_ROWS) {
    const Size rows = smaller(BLOCK_ROWS, m - top);
    forEachDepth(k, DEPTH, [&](Size inner, Size depth) {
      const Rows of = {a.data + top * a.row + inner * a.column, a.row, a.column};
      multiplyBlock(of, rows, panels + inner * PANEL, panelStride, PANEL, depth, c + top * cRow, cRow, n, accumulate || inner > 0);
    });
  }
}

}  // namespace recurra::RECURRA_SET
