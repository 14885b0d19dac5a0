/*
 * The scan h_t = a_t ⊙ h_{t−1} + b_t, for each row and unit on its own. a, b, y and their gradients [T, B, H], states [B, H].
 *
 * A step reads and writes whole rows, in the order of memory: with blocks of units that keep h in registers from step to step, every
 * access would be on another page. `begin` to `end` are elements of B·H, which threads may share without waiting for each other.
 */
#include "table.h"
#include "vector.h"

namespace recurra::RECURRA_SET {

RECURRA_INLINE bool isWithin(const Scan& s, Size element, Size t) {
  return !s.lengths || (t >= 0 && static_cast<float>(t) < s.lengths[element / s.units]);
}

/** Calls f(first, last element, within) for the elements that take part in the same steps: those of a row, or all. */
template <typename F>
RECURRA_INLINE void forEachSegment(const Scan& s, Size begin, Size end, Size t, F f) {
  for (Size first = begin; first < end;) {
    const Size rowEnd = s.lengths ? (first / s.units + 1) * s.units : end;
    const Size last = rowEnd < end ? rowEnd : end;
    f(first, last, isWithin(s, first, t));
    first = last;
  }
}

static void clear(float* x, Size begin, Size end) {
  for (Size i = begin; i < end; i++) x[i] = 0;
}

static void copyOrClear(const float* from, float* to, Size begin, Size end) {
  for (Size i = begin; i < end; i++) to[i] = from ? from[i] : 0;
}

/** y, and in `state` the final state. */
void scanForward(const Scan& s, Size begin, Size end) {
  const Size width = s.batch * s.units;
  copyOrClear(s.initialState, s.state, begin, end);
  for (Size step = 0; step < s.time; step++) {
    const Size t = s.reverse ? s.time - 1 - step : step;
    const float* a = s.a + t * width;
    const float* b = s.b + t * width;
    float* y = s.y + t * width;
    forEachSegment(s, begin, end, t, [&](Size first, Size last, bool within) {
      if (!within) return clear(y, first, last);
      for (Size i = first; i < last; i += WIDTH) {
        const Vec h = load(a + i) * load(s.state + i) + load(b + i);
        storeLanes(s.state + i, h, last - i);
        storeLanes(y + i, h, last - i);
      }
    });
  }
}

/**
 * da and db from dy: g = dh + dy_t, db_t = g, da_t = g ⊙ h_{t−1}, dh = a_t ⊙ g, from the last step to the first. `state` is dh: the
 * gradient of the final state at first, and of the initial state in the end.
 */
void scanBackward(const Scan& s, Size begin, Size end) {
  const Size width = s.batch * s.units;
  copyOrClear(s.dState, s.state, begin, end);
  for (Size step = s.time - 1; step >= 0; step--) {
    const Size t = s.reverse ? s.time - 1 - step : step;
    const Size before = s.reverse ? t + 1 : t - 1;
    const float* a = s.a + t * width;
    float* da = s.da + t * width;
    float* db = s.db + t * width;
    forEachSegment(s, begin, end, t, [&](Size first, Size last, bool within) {
      if (!within) {
        clear(da, first, last);
        clear(db, first, last);
        return;
      }
      const bool isFirst = step == 0 || !isWithin(s, first, before);
      const float* h = isFirst ? s.initialState : s.y + before * width;
      const float* dy = s.dy ? s.dy + t * width : nullptr;
      for (Size i = first; i < last; i += WIDTH) {
        const Vec carried = load(s.state + i);
        const Vec g = dy ? carried + load(dy + i) : carried;
        storeLanes(db + i, g, last - i);
        storeLanes(da + i, h ? g * load(h + i) : splat(0), last - i);
        storeLanes(s.state + i, load(a + i) * g, last - i);
      }
    });
  }
}

}  // namespace recurra::RECURRA_SET
