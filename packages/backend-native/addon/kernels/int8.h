/* Vectors of 16-bit whole numbers, and the sums of products of pairs, which each instruction set has in its own way. */
#pragma once
#include "math.h"
#include "table.h"
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace recurra::RECURRA_SET {

typedef short Shorts __attribute__((vector_size(WIDTH * 4)));
typedef short HalfShorts __attribute__((vector_size(WIDTH * 2), aligned(2), may_alias));
typedef signed char Bytes __attribute__((vector_size(WIDTH * 2), aligned(1), may_alias));
/** Two elements of a rounded row. */
typedef int Pair __attribute__((may_alias));

/** 2 · WIDTH bytes, as 16-bit numbers. */
RECURRA_INLINE Shorts loadBytes(const signed char* p) {
#if defined(__AVX512BW__)
  return (Shorts)_mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
#elif defined(__AVX2__)
  // GCC makes four instructions of each conversion of 128 bits.
  __m256i parts[WIDTH / 8];
  for (int i = 0; i < WIDTH / 8; i++)
    parts[i] = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + i));
  Shorts numbers;
  __builtin_memcpy(&numbers, parts, sizeof numbers);
  return numbers;
#else
  return __builtin_convertvector(*reinterpret_cast<const Bytes*>(p), Shorts);
#endif
}

/** Stores the lanes, from -32767 to 32767, rounded to the nearest whole numbers, halves to even. */
RECURRA_INLINE void storeWhole(short* p, Vec x) {
  const Ints whole = (Ints)(x + ROUNDER) - (Ints)splat(ROUNDER);
  *reinterpret_cast<HalfShorts*>(p) = __builtin_convertvector(whole, HalfShorts);
}

#if defined(__AVX512BW__)
/** True in AVX-512 only: the set has an instruction for sum + products on some processors. */
constexpr bool HAS_VNNI = true;
RECURRA_INLINE bool hasVnni() { return __builtin_cpu_supports("avx512vnni"); }
#else
constexpr bool HAS_VNNI = false;
RECURRA_INLINE bool hasVnni() { return false; }
#endif

/** Lane i: x[2i] · w[2i] + x[2i + 1] · w[2i + 1]. */
RECURRA_INLINE Ints pairProducts(Shorts x, Shorts w) {
#if defined(__AVX512BW__)
  return (Ints)_mm512_madd_epi16((__m512i)x, (__m512i)w);
#elif defined(__AVX2__)
  // In parts of 256 bits, of which a vector of the set `wide` has two.
  __m256i parts[WIDTH / 8], others[WIDTH / 8];
  __builtin_memcpy(parts, &x, sizeof x);
  __builtin_memcpy(others, &w, sizeof w);
  for (int i = 0; i < WIDTH / 8; i++) parts[i] = _mm256_madd_epi16(parts[i], others[i]);
  Ints sums;
  __builtin_memcpy(&sums, parts, sizeof sums);
  return sums;
#elif defined(__x86_64__)
  return (Ints)_mm_madd_epi16((__m128i)x, (__m128i)w);
#elif defined(__aarch64__)
  const int16x8_t a = (int16x8_t)x;
  const int16x8_t b = (int16x8_t)w;
  return (Ints)vpaddq_s32(vmull_s16(vget_low_s16(a), vget_low_s16(b)), vmull_high_s16(a, b));
#else
  const Ints a = (Ints)x;
  const Ints b = (Ints)w;
  return ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
#endif
}

/** sum + pairProducts(x, w) */
template <bool VNNI>
RECURRA_INLINE Ints addProducts(Ints sum, Shorts x, Shorts w) {
#if defined(__AVX512BW__)
  // Not the intrinsic, which only functions that are compiled for VNNI may call.
  if constexpr (VNNI) {
    asm("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
    return sum;
  }
#endif
  return sum + pairProducts(x, w);
}

}  // namespace recurra::RECURRA_SET
