/*
 * The matrix product C [m, n] = A [m, k] · B [k, n], in blocks that fit the caches (Goto & van de Geijn 2008): a block of B,
 * [PACKED_DEPTH, BLOCK_COLUMNS], is packed into panels, and each panel is multiplied with a packed block of A, [BLOCK_ROWS, PACKED_DEPTH].
 */
#include "matvec.h"
#include "panels.h"

namespace recurra::RECURRA_SET {

/** The second cache holds a block of A of that depth, and a panel of B. */
constexpr Size PACKED_DEPTH = 256;
/** The third cache holds a block of B of that width. */
constexpr Size BLOCK_COLUMNS = 4096;
/** If A has fewer rows than this, B is not packed. */
constexpr Size MIN_ROWS_TO_PACK = 4;
/** If B has no more elements than this, it is read as it is: the cache holds it, and packing would cost more. */
constexpr Size MAX_UNPACKED = 4096;

/** Elements that packRows may write past the end of what it packs. */
constexpr Size SLACK = TILE_ROWS + WIDTH;

Size workspaceSize() { return PACKED_DEPTH * (BLOCK_COLUMNS + BLOCK_ROWS) + SLACK; }

/** Packs rows of A [m, depth] tile by tile, each tile column by column: [tiles, depth, rows]. */
static void packRows(Matrix a, Size m, Size depth, float* to) {
  forEachTile(m, [&](Size row, Size rows) {
    const float* from = a.data + row * a.row;
    if (a.row == 1) {
      // In whole vectors; the next ones overwrite what is too much.
      for (Size k = 0; k < depth; k++, to += rows)
        for (Size i = 0; i < rows; i += WIDTH) store(to + i, load(from + k * a.column + i));
      return;
    }
    for (Size k = 0; k < depth; k++)
      for (Size i = 0; i < rows; i++) *to++ = from[i * a.row + k * a.column];
  });
}

/** One block, as multiplyBlock, with rows that are packed. */
static void multiplyPackedRows(const float* rowsOfA, Size m, const float* panels, Size depth, float* c, Size cRow, Size n,
                               bool accumulate) {
  for (Size column = 0; column < n; column += PANEL, panels += depth * PANEL) {
    const Size columns = smaller(PANEL, n - column);
    forEachTile(m, [&](Size row, Size rows) {
      const Rows of = {rowsOfA + row * depth, 1, rows};
      TILES.tiles[rows - 1](of, panels, PANEL, depth, c + row * cRow + column, cRow, columns, accumulate);
    });
  }
}

static void multiplyBlocks(const Product& p, float* workspace) {
  float* const panels = workspace;
  float* const packed = workspace + PACKED_DEPTH * BLOCK_COLUMNS;
  for (Size left = 0; left < p.n; left += BLOCK_COLUMNS) {
    const Size n = smaller(BLOCK_COLUMNS, p.n - left);
    forEachDepth(p.k, PACKED_DEPTH, [&](Size inner, Size depth) {
      const bool adds = p.accumulate || inner > 0;
      packPanels({p.b.data + inner * p.b.row + left * p.b.column, p.b.row, p.b.column}, depth, n, panels);
      for (Size top = 0; top < p.m; top += BLOCK_ROWS) {
        const Size m = smaller(BLOCK_ROWS, p.m - top);
        float* c = p.c + top * p.cRow + left;
        packRows({p.a.data + top * p.a.row + inner * p.a.column, p.a.row, p.a.column}, m, depth, packed);
        multiplyPackedRows(packed, m, panels, depth, c, p.cRow, n, adds);
      }
    });
  }
}

void matmul(const Product& p, float* workspace) {
  const bool rowMajor = p.b.column == 1;
  const bool few = (p.wholeM ? p.wholeM : p.m) < MIN_ROWS_TO_PACK;
  const bool small = p.k * (p.wholeN ? p.wholeN : p.n) <= MAX_UNPACKED;
  if (p.k == 0) {
    if (!p.accumulate) clearMatrix(p.c, p.cRow, p.m, p.n);
  } else if (few && rowMajor) {
    for (Size i = 0; i < p.m; i++)
      rowTimesMatrix(p.a.data + i * p.a.row, p.a.column, p.b.data, p.b.row, p.c + i * p.cRow, p.n, p.k, p.accumulate);
  } else if (few && p.a.column == 1) {
    for (Size i = 0; i < p.m; i++)
      rowTimesTransposed(p.a.data + i * p.a.row, p.b.data, p.b.column, p.c + i * p.cRow, p.n, p.k, p.accumulate);
  } else if (rowMajor && small) {
    multiplyBlock({p.a.data, p.a.row, p.a.column}, p.m, p.b.data, PANEL, p.b.row, p.k, p.c, p.cRow, p.n, p.accumulate);
  } else {
    multiplyBlocks(p, workspace);
  }
}

}  // namespace recurra::RECURRA_SET
