/* Sums and maxima over the middle axis: x [outer, middle, inner] → y [outer, inner]. */
#include "table.h"
#include "vector.h"

namespace recurra::RECURRA_SET {

/** Elements that are added before their sum is added to that of the blocks before, so that rounding errors stay small. */
constexpr Size BLOCK = 1024;

/** The sum of x [n]. */
RECURRA_INLINE float sumOf(const float* x, Size n) {
  float total = 0;
  for (Size start = 0; start < n; start += BLOCK) {
    const Size end = start + BLOCK < n ? start + BLOCK : n;
    Vec sums[4] = {};
    Size i = start;
    for (; i + 4 * WIDTH <= end; i += 4 * WIDTH)
      for (int part = 0; part < 4; part++) sums[part] += load(x + i + part * WIDTH);
    for (; i < end; i += WIDTH) sums[0] += loadLanes(x + i, end - i, 0);
    total += laneSum((sums[0] + sums[1]) + (sums[2] + sums[3]));
  }
  return total;
}

/** The sums of the columns from `column` on, at most WIDTH, of x [rows, …] with rows `rowStride` apart. */
RECURRA_INLINE Vec columnSums(const float* x, Size rows, Size rowStride) {
  Vec total = splat(0);
  for (Size start = 0; start < rows; start += BLOCK) {
    const Size end = start + BLOCK < rows ? start + BLOCK : rows;
    Vec sums[4] = {};
    Size row = start;
    for (; row + 4 <= end; row += 4)
      for (int part = 0; part < 4; part++) sums[part] += load(x + (row + part) * rowStride);
    for (; row < end; row++) sums[0] += load(x + row * rowStride);
    total += (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
  return total;
}

void sum(const float* x, float* y, Size outer, Size middle, Size inner) {
  for (Size i = 0; i < outer; i++) {
    const float* from = x + i * middle * inner;
    if (inner == 1) {
      y[i] = sumOf(from, middle);
      continue;
    }
    for (Size j = 0; j < inner; j += WIDTH) storeLanes(y + i * inner + j, columnSums(from + j, middle, inner), inner - j);
  }
}

void maximum(const float* x, float* y, Size outer, Size middle, Size inner) {
  const float lowest = -__builtin_inff();
  for (Size i = 0; i < outer; i++) {
    const float* from = x + i * middle * inner;
    if (inner == 1) {
      Vec most = splat(lowest);
      for (Size k = 0; k < middle; k += WIDTH) most = maximumOf(most, loadLanes(from + k, middle - k, lowest));
      y[i] = laneMax(most);
      continue;
    }
    for (Size j = 0; j < inner; j += WIDTH) {
      Vec most = splat(lowest);
      for (Size k = 0; k < middle; k++) most = maximumOf(most, load(from + k * inner + j));
      storeLanes(y + i * inner + j, most, inner - j);
    }
  }
}

}  // namespace recurra::RECURRA_SET
