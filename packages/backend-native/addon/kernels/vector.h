/*
 * Vectors of WIDTH floats, as GCC's and Clang's vector extensions write them: one source for every instruction set. Each set
 * compiles the kernels in a namespace of its own, because the linker merges functions of the same name, and a processor
 * must not get those of another set. For the same reason the kernels use nothing of the standard library.
 *
 * Kernels may read, but not write, up to memory.h's PADDING bytes past the end of an array.
 */
#pragma once
#include "kernels.h"

namespace recurra::RECURRA_SET {

constexpr int WIDTH = RECURRA_WIDTH;

typedef float Vec __attribute__((vector_size(WIDTH * 4)));
typedef float LooseVec __attribute__((vector_size(WIDTH * 4), aligned(4), may_alias));
typedef int Ints __attribute__((vector_size(WIDTH * 4)));

#define RECURRA_INLINE static inline __attribute__((always_inline))

RECURRA_INLINE Vec load(const float* p) { return *reinterpret_cast<const LooseVec*>(p); }

RECURRA_INLINE void store(float* p, Vec x) { *reinterpret_cast<LooseVec*>(p) = x; }

/** x in every lane. */
RECURRA_INLINE Vec splat(float x) { return x - Vec{}; }

RECURRA_INLINE Ints splatInt(int x) { return x - Ints{}; }

/** Stores the first `count` lanes, fewer than WIDTH, one by one. Not inlined, because it is rare. */
static __attribute__((noinline, unused)) void storeFirst(float* p, Vec x, Size count) {
  float lanes[WIDTH];
  store(lanes, x);
  for (Size lane = 0; lane < count; lane++) p[lane] = lanes[lane];
}

/** Stores the first `count` lanes, or all if `count` is larger. */
RECURRA_INLINE void storeLanes(float* p, Vec x, Size count) {
  if (count >= WIDTH) store(p, x);
  else storeFirst(p, x, count);
}

/** 0, 1, 2, … */
alignas(64) static constexpr int LANES[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/** The lanes; those from number `count` on are replaced with `filler`. */
RECURRA_INLINE Vec loadLanes(const float* p, Size count, float filler) {
  const int loaded = count < WIDTH ? static_cast<int>(count) : WIDTH;
  return *reinterpret_cast<const Ints*>(LANES) < loaded ? load(p) : splat(filler);
}

/** The smaller and the larger of two numbers, lane by lane; NaN if the second is NaN, and y if only x is. */
RECURRA_INLINE Vec least(Vec x, Vec y) { return x < y ? x : y; }
RECURRA_INLINE Vec most(Vec x, Vec y) { return x > y ? x : y; }

/** The larger of two numbers, lane by lane; NaN if either is NaN. */
RECURRA_INLINE Vec maximumOf(Vec x, Vec y) { return x != x ? x : most(x, y); }
RECURRA_INLINE Vec minimumOf(Vec x, Vec y) { return x != x ? x : least(x, y); }

RECURRA_INLINE Vec squareRoot(Vec x) {
  for (int lane = 0; lane < WIDTH; lane++) x[lane] = __builtin_sqrtf(x[lane]);
  return x;
}

/** The sum of the lanes, in pairs. */
RECURRA_INLINE float laneSum(Vec x) {
  float lanes[WIDTH];
  store(lanes, x);
  for (int half = WIDTH / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

/** The largest lane; NaN if a lane is NaN. */
RECURRA_INLINE float laneMax(Vec x) {
  float most = x[0];
  for (int lane = 1; lane < WIDTH; lane++) {
    const float other = x[lane];
    most = most != most || most > other ? most : other;
  }
  return most;
}

}  // namespace recurra::RECURRA_SET
