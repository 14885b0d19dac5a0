/*
 * A matrix B [k, n] packed into panels [⌈n / PANEL⌉, k, PANEL]; the last one is padded with zeros. The products with packed
 * panels, which a layer keeps for as long as its weights do not change.
 */
#pragma once
#include "table.h"
#include "tiles.h"

namespace recurra::RECURRA_SET {

/**
 * The most rows of B that are multiplied at a time with rows of A that are not packed. The first cache need not hold a panel of that depth,
 * because it is prefetched; and the deeper the blocks are, the fewer times C is read and written.
 */
constexpr Size DEPTH = 768;
/** Rows of A that are multiplied at a time: the second cache holds most of them at that depth. */
constexpr Size BLOCK_ROWS = TILE_ROWS * 24;

RECURRA_INLINE Size smaller(Size x, Size y) { return x < y ? x : y; }

/** Calls f(first row of B, depth) for k rows in blocks of equal depth, at most `most`. */
template <typename F>
RECURRA_INLINE void forEachDepth(Size k, Size most, F f) {
  const Size blocks = (k + most - 1) / most;
  for (Size i = 0; i < blocks; i++) f(k * i / blocks, k * (i + 1) / blocks - k * i / blocks);
}

/** C [m, n] = 0. */
void clearMatrix(float* c, Size cRow, Size m, Size n);

/** One block: C [m, n] = A [m, depth] · B, or C + A · B. B's panels are `panelStride` apart, and their rows `panelRow`. */
void multiplyBlock(Rows a, Size m, const float* panels, Size panelStride, Size panelRow, Size depth, float* c, Size cRow, Size n,
                   bool accumulate);

/** C [m, n] = A [m, k] · B, or C + A · B, where B [k, n] is packed. The panels are `panelStride` apart, which may be more than k rows. */
void multiplyPanels(Rows a, Size m, const float* panels, Size panelStride, Size k, float* c, Size cRow, Size n, bool accumulate);

}  // namespace recurra::RECURRA_SET
