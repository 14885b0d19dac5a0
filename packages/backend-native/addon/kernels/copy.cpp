/* Strided copies of up to four axes: transposes, slices and parts of a concatenation. */
#include "table.h"
#include "vector.h"

namespace recurra::RECURRA_SET {

/** to [columns, rows] = the transpose of from [rows, columns], whose rows are `fromRow` apart; those of `to` are `toRow` apart. */
static void transpose(const float* from, Size fromRow, float* to, Size toRow, Size rows, Size columns) {
  // In tiles, so that each cache line is read and written while it is in the cache.
  constexpr Size TILE = 16;
  for (Size top = 0; top < rows; top += TILE) {
    const Size bottom = top + TILE < rows ? top + TILE : rows;
    for (Size left = 0; left < columns; left += TILE) {
      const Size right = left + TILE < columns ? left + TILE : columns;
      for (Size j = left; j < right; j++)
        for (Size i = top; i < bottom; i++) to[j * toRow + i] = from[i * fromRow + j];
    }
  }
}

/** The two inner axes. */
static void copyMatrix(const Copy& copy, const float* from, float* to) {
  const Size rows = copy.size[2];
  const Size columns = copy.size[3];
  const Size fromRow = copy.fromStride[2];
  const Size toRow = copy.toStride[2];
  const Size fromColumn = copy.fromStride[3];
  const Size toColumn = copy.toStride[3];
  if (fromColumn == 1 && toColumn == 1) {
    for (Size i = 0; i < rows; i++) __builtin_memcpy(to + i * toRow, from + i * fromRow, columns * sizeof(float));
  } else if (fromRow == 1 && toColumn == 1) {
    transpose(from, fromColumn, to, toRow, columns, rows);
  } else {
    for (Size i = 0; i < rows; i++)
      for (Size j = 0; j < columns; j++) to[i * toRow + j * toColumn] = from[i * fromRow + j * fromColumn];
  }
}

void copy(const Copy& copy) {
  for (Size i = 0; i < copy.size[0]; i++)
    for (Size j = 0; j < copy.size[1]; j++)
      copyMatrix(copy, copy.from + i * copy.fromStride[0] + j * copy.fromStride[1],
                 copy.to + i * copy.toStride[0] + j * copy.toStride[1]);
}

void scatterAdd(const float* index, const float* x, float* y, Size width, Size count) {
  for (Size i = 0; i < count; i++, x += width) {
    float* to = y + static_cast<Size>(index[i]) * width;
    for (Size j = 0; j < width; j += WIDTH) storeLanes(to + j, load(to + j) + load(x + j), width - j);
  }
}

}  // namespace recurra::RECURRA_SET
