/* Parts of a softmax over a row x [n]. The maximum is subtracted so that exp cannot overflow. */
#pragma once
#include "math.h"

namespace recurra::RECURRA_SET {

/** The largest element; NaN if there is one. */
RECURRA_INLINE float largest(const float* x, Size n) {
  const float lowest = -__builtin_inff();
  Vec most = splat(lowest);
  Size i = 0;
  for (; i + WIDTH <= n; i += WIDTH) most = maximumOf(most, load(x + i));
  if (i < n) most = maximumOf(most, loadLanes(x + i, n - i, lowest));
  return laneMax(most);
}

/** Σ exp(x − most). The exponentials are stored in `y`, which may be null. */
RECURRA_INLINE float exponentials(const float* x, float most, float* y, Size n) {
  Vec sums = splat(0);
  Size i = 0;
  for (; i + WIDTH <= n; i += WIDTH) {
    const Vec e = exp(load(x + i) - most);
    sums += e;
    if (y) store(y + i, e);
  }
  if (i < n) {
    const Vec e = exp(loadLanes(x + i, n - i, -__builtin_inff()) - most);
    sums += e;
    if (y) storeLanes(y + i, e, n - i);
  }
  return laneSum(sums);
}

RECURRA_INLINE float logOf(float x) { return log(splat(x))[0]; }

}  // namespace recurra::RECURRA_SET
