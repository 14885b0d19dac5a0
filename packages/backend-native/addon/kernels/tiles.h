/*
 * The innermost loop of the matrix product: C [R, PANEL] = A [R, depth] · panel [depth, PANEL], or C + A · panel. Inside the loop
 * everything is in registers: the R · VECTORS vectors of C, one row of the panel, and one element of a row of A at a time.
 */
#pragma once
#include "vector.h"

namespace recurra::RECURRA_SET {

/** The vectors in a row of a panel, and the most rows of a tile: as many sums as the set's registers hold. */
constexpr int VECTORS = RECURRA_TILE_VECTORS;
constexpr int TILE_ROWS = RECURRA_TILE_ROWS;
/** The columns of a panel of B. */
constexpr int PANEL = VECTORS * WIDTH;

/** A tile's rows of A: element (i, k) is at data[i · row + k · column]. */
struct Rows {
  const float* data;
  Size row;
  Size column;
};

/** The floats of a cache line. */
constexpr int LINE = 16;
/** The rows of a panel after the one in use that are on their way to the first cache. */
constexpr int AHEAD = 32;

/** Asks for a row of a panel. */
RECURRA_INLINE void prefetchRow(const float* row) {
#pragma GCC unroll 8
  for (int i = 0; i < PANEL; i += LINE) __builtin_prefetch(row + i);
}

/** Rows that are addressed from one pointer: at 0, 1, 2 and 3 row strides from it. More pointers would not fit the registers. */
constexpr int GROUP = 4;

/** sums [R, PANEL] = A · panel. The rows of the panel are `panelRow` apart. */
template <int R>
RECURRA_INLINE void multiplyTile(Rows a, const float* panel, Size panelRow, Size depth, Vec (&sums)[R][VECTORS]) {
  constexpr int GROUPS = (R + GROUP - 1) / GROUP;
  const float* groups[GROUPS];
#pragma GCC unroll 16
  for (int g = 0; g < GROUPS; g++) groups[g] = a.data + g * GROUP * a.row;
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) sums[i][v] = splat(0);
  for (Size k = 0; k < depth; k++) {
    prefetchRow(panel + AHEAD * PANEL);
    Vec b[VECTORS];
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) b[v] = load(panel + v * WIDTH);
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      const float factor = groups[i / GROUP][i % GROUP * a.row];
#pragma GCC unroll 8
      for (int v = 0; v < VECTORS; v++) sums[i][v] += factor * b[v];
    }
#pragma GCC unroll 16
    for (int g = 0; g < GROUPS; g++) {
      groups[g] += a.column;
      // The compiler must not make one pointer of them.
      asm("" : "+r"(groups[g]));
    }
    panel += panelRow;
  }
}

/**
 * The first `columns` columns of C [R, PANEL] = A · panel, or C + A · panel. C is in other lines of the cache than that of the tile before,
 * and so it is asked for before the product, and used after it.
 */
template <int R>
static void tile(Rows a, const float* panel, Size panelRow, Size depth, float* c, Size cRow, Size columns, bool accumulate) {
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 8
    for (int j = 0; j < PANEL + LINE; j += LINE) __builtin_prefetch(c + i * cRow + (j < PANEL ? j : PANEL - 1), 1);
  Vec sums[R][VECTORS];
  multiplyTile<R>(a, panel, panelRow, depth, sums);
  if (columns < PANEL) {
    // The last panel has columns past the end of C.
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 8
      for (int v = 0; v < VECTORS; v++) {
        float* to = c + i * cRow + v * WIDTH;
        const Size count = columns - v * WIDTH;
        if (count > 0) storeLanes(to, accumulate ? load(to) + sums[i][v] : sums[i][v], count);
      }
  } else {
    // All loads come before the first store: the rows may be a multiple of a page apart, and then a load waits for the stores before it.
    if (accumulate) {
#pragma GCC unroll 16
      for (int i = 0; i < R; i++)
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++) sums[i][v] = load(c + i * cRow + v * WIDTH) + sums[i][v];
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; i++)
#pragma GCC unroll 8
      for (int v = 0; v < VECTORS; v++) store(c + i * cRow + v * WIDTH, sums[i][v]);
  }
}

typedef void (*Tile)(Rows, const float*, Size, Size, float*, Size, Size, bool);

template <int... R>
struct TileTable {
  Tile tiles[sizeof...(R)] = {&tile<R + 1>...};
};

template <int N, int... R>
struct TilesUpTo : TilesUpTo<N - 1, N - 1, R...> {};
template <int... R>
struct TilesUpTo<0, R...> : TileTable<R...> {};

/** The tile of R rows is number R − 1. */
static constexpr TilesUpTo<TILE_ROWS> TILES;

/** Calls f(first row, rows) for `m` rows in tiles of equal height or one less, so that no tile has too few rows to be fast. */
template <typename F>
RECURRA_INLINE void forEachTile(Size m, F f) {
  const Size tiles = (m + TILE_ROWS - 1) / TILE_ROWS;
  if (tiles == 0) return;
  const Size height = m / tiles;
  const Size higher = m % tiles;
  Size row = 0;
  for (Size i = 0; i < tiles; i++) {
    const Size rows = height + (i < higher ? 1 : 0);
    f(row, rows);
    row += rows;
  }
}

}  // namespace recurra::RECURRA_SET
