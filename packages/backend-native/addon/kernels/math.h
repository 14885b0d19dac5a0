/*
 * exp, log, sigmoid, tanh and softplus of the lanes of a vector, with a relative error of about 1e-7. NaN gives NaN: every
 * comparison is written such that it is false for NaN, and then the argument is kept.
 * The logarithm's polynomial is that of Cephes (Moshier: logf).
 */
#pragma once
#include "vector.h"

namespace recurra::RECURRA_SET {

constexpr float LOG2_E = 1.44269504f;
/** ln 2 as the sum of two numbers. The first has so few digits that whole multiples of it are exact. */
constexpr float LN_2_HIGH = 0.693145751953125f;
constexpr float LN_2_LOW = 1.42860676533e-6f;
/**
 * 1.5·2^23 + 127. Adding it leaves no bits for a fraction, so it rounds; the low bits of the sum are the whole number, plus the
 * bias of a float32's exponent.
 */
constexpr float ROUNDER = 12583039;

/** x, or the nearer of the two numbers if it is not between them. */
RECURRA_INLINE Vec clamp(Vec x, float low, float high) {
  const Vec raised = x < splat(low) ? splat(low) : x;
  return raised > splat(high) ? splat(high) : raised;
}

/*
 * e^-x = 2^-m · e^-r, where m is the whole number nearest to x / ln 2, and r the remainder x − m·ln 2. Negative, because
 * then e^-0 − 1 = 0 has the sign of its 0 without more ado.
 */

/** ROUNDER − m. As an integer, its low bits are the exponent of 2^-m as a float32. */
RECURRA_INLINE Vec nearestPower(Vec x) { return splat(ROUNDER) - x * LOG2_E; }

/** 2^-m for m from -127 to 126; infinity for -128, 0 for 127. */
RECURRA_INLINE Vec powerOfTwo(Vec nearest) { return (Vec)((Ints)nearest << 23); }

/**
 * 1 − e^-r, with a small relative error also near 0: r − r²·P(r), where P is a minimax polynomial of (r − 1 + e^-r) / r² for
 * |r| up to ln(2) / 2, with a relative error of e^-r of 3e-9.
 */
RECURRA_INLINE Vec oneMinusExp(Vec x, Vec nearest) {
  const Vec m = splat(ROUNDER) - nearest;
  const Vec r = x - m * LN_2_HIGH - m * LN_2_LOW;
  const Vec square = r * r;
  // In pairs (Estrin's scheme), because in Horner's each step waits for the one before.
  const Vec high = square * 1.3951097477e-3f + (r * -8.3692393271e-3f + 4.1666196691e-2f);
  const Vec p = high * square + (r * -1.6666515917e-1f + 5.0000000980e-1f);
  return r - square * p;
}

/** 2^n for whole n from -126 to 127. */
RECURRA_INLINE Vec withExponent(Ints n) { return (Vec)((n + 127) << 23); }

/** e^x; 0 below -104, infinity above 88.8. */
RECURRA_INLINE Vec exp(Vec x) {
  const Vec opposite = clamp(-x, -89, 104);
  const Vec nearest = nearestPower(opposite);
  const Vec e = 1.0f - oneMinusExp(opposite, nearest);
  // In two steps, because the power of two itself may be too small or too large for a float32.
  const Ints power = (Ints)nearest - (Ints)splat(ROUNDER);
  const Ints half = power >> 1;
  return e * withExponent(half) * withExponent(power - half);
}

/** Natural logarithm: -infinity at 0, NaN below. */
RECURRA_INLINE Vec log(Vec x) {
  // Subnormal numbers are scaled by 2^23 first.
  const Ints small = x < splat(1.17549435e-38f);
  const Ints scaled = (Ints)(small ? x * 8388608.0f : x);
  // x = m·2^e with m from √½ to √2.
  const Ints rootHalf = splatInt(0x3f3504f3);
  const Ints offset = scaled - rootHalf;
  const Vec e = __builtin_convertvector((offset >> 23) - (small & 23), Vec);
  const Vec m = (Vec)((offset & 0x007fffff) + rootHalf);
  // log m = f − f²/2 + f³·P(f)
  const Vec f = m - 1.0f;
  const Vec square = f * f;
  Vec p = f * 7.0376836292e-2f + -1.1514610310e-1f;
  p = p * f + 1.1676998740e-1f;
  p = p * f + -1.2420140846e-1f;
  p = p * f + 1.4249322787e-1f;
  p = p * f + -1.6668057665e-1f;
  p = p * f + 2.0000714765e-1f;
  p = p * f + -2.4999993993e-1f;
  p = p * f + 3.3333331174e-1f;
  p = p * f * square + e * LN_2_LOW - square * 0.5f;
  const Vec y = f + p + e * LN_2_HIGH;
  // Special cases: infinity and NaN are returned as they are; 0 gives -infinity, and negative numbers NaN.
  const Vec infinity = splat(__builtin_inff());
  const Vec finite = (x < infinity) & (x > -infinity) ? y : x;
  const Vec notZero = x == splat(0) ? -infinity : finite;
  return x < splat(0) ? splat(__builtin_nanf("")) : notZero;
}

/** 1 / (1 + e^-x) */
RECURRA_INLINE Vec sigmoid(Vec x) {
  const Vec within = clamp(x, -89, 88);
  const Vec nearest = nearestPower(within);
  const Vec e = powerOfTwo(nearest) * (1.0f - oneMinusExp(within, nearest));
  return 1.0f / (1.0f + e);
}

/**
 * tanh x = u / (2 − u) with u = 1 − e^-2x = 2^-m · (1 − e^-r) − (2^-m − 1). Computed for -|x|, where no digits are lost as the
 * result nears -1: gradients are multiplied by 1 − tanh².
 */
RECURRA_INLINE Vec tanh(Vec x) {
  const Ints sign = (Ints)splat(-0.0f);
  const Vec negative = (Vec)((Ints)x | sign);
  const Vec doubled = negative + negative;
  const Vec twice = doubled < splat(-20) ? splat(-20) : doubled;
  const Vec nearest = nearestPower(twice);
  const Vec power = powerOfTwo(nearest);
  const Vec u = power * oneMinusExp(twice, nearest) - (power - 1.0f);
  return (Vec)((Ints)(u / (2.0f - u)) ^ ((Ints)x ^ (Ints)negative));
}

/** log(1 + e^x) = max(x, 0) + log(1 + u) with u = e^-|x|, which cannot overflow. */
RECURRA_INLINE Vec softplus(Vec x) {
  const Vec u = exp((Vec)((Ints)x | (Ints)splat(-0.0f)));
  const Vec w = 1.0f + u;
  // Corrects the rounding of 1 + u to first order; without it, a small u would be lost altogether.
  const Vec lost = u - (w - 1.0f);
  return maximumOf(x, splat(0)) + (log(w) + lost / w);
}

}  // namespace recurra::RECURRA_SET
