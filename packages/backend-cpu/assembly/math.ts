/*
 * exp, log, sigmoid, tanh and softplus of the four lanes of a vector, with a relative error of about 1e-7. NaN gives NaN:
 * that is why x is clamped as `pmin(pmax(x, low), high)`; with its arguments swapped, pmin would drop a NaN.
 * The polynomials are those of Cephes (Moshier: expf, logf and tanhf).
 */
import { multiplyAdd, splat } from './vector';

/*
 * Constants are loaded from memory at each use, because V8 rebuilds a constant vector each time, which takes longer.
 * Polynomials start with the coefficient of the highest power.
 */
const EXP = memory.data<f32>([
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
]);
const LOG = memory.data<f32>([
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
]);
const TANH = memory.data<f32>([-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]);
const LOG2_E = memory.data<f32>([1.44269504]);
/** ln 2 as the sum of two numbers. The first has so few digits that whole multiples of it are exact. */
const LN_2 = memory.data<f32>([0.693359375, -2.12194440e-4]);
/** 1.5·2^23. Adding it leaves no bits for a fraction, so it rounds; the low bits of the sum are the whole number. */
const ROUNDER = memory.data<f32>([12582912]);
const ONE = memory.data<f32>([1]);
const TWO = memory.data<f32>([2]);
const SIGN = memory.data<f32>([-0.0]);
const EXPONENT_BIAS = memory.data<i32>([127]);
const EXP_BOUNDS = memory.data<f32>([-104, -88, 89]);
const TANH_NEAR = memory.data<f32>([0.625]);

/** The constant at address `table` in every lane. */
@inline
function constant(table: usize): v128 {
  return v128.load32_splat(table);
}

/** One step of Horner's scheme: p · x + the constant at `table`. */
@inline
function horner(p: v128, x: v128, table: usize): v128 {
  return multiplyAdd(p, x, constant(table));
}

/** 2^n for whole n from -126 to 127; 0 for -127, infinity for 128. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, constant(EXPONENT_BIAS)), 23);
}

/** e^x for x from -104 to 89. Subnormal results are 0 unless `subnormal`. */
@inline
function expWithin(x: v128, subnormal: bool): v128 {
  // x = n·ln 2 + r
  const rounded = f32x4.add(f32x4.mul(x, constant(LOG2_E)), constant(ROUNDER));
  const n = i32x4.sub(rounded, constant(ROUNDER));
  const whole = f32x4.sub(rounded, constant(ROUNDER));
  const r = f32x4.sub(
    f32x4.sub(x, f32x4.mul(whole, constant(LN_2))),
    f32x4.mul(whole, constant(LN_2 + 4)),
  );
  let p = horner(constant(EXP), r, EXP + 4);
  p = horner(p, r, EXP + 8);
  p = horner(p, r, EXP + 12);
  p = horner(p, r, EXP + 16);
  p = horner(p, r, EXP + 20);
  p = f32x4.add(f32x4.mul(f32x4.mul(r, r), p), r);
  p = f32x4.add(p, constant(ONE));
  if (!subnormal) return f32x4.mul(p, powerOfTwo(n));
  // In two steps, because 2^n itself may be too small or too large for a float32.
  const half = i32x4.shr_s(n, 1);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)));
}

/** e^x; 0 below -104, infinity above 88.8. */
@inline
export function exp(x: v128): v128 {
  return expWithin(f32x4.pmin(f32x4.pmax(x, constant(EXP_BOUNDS)), constant(EXP_BOUNDS + 8)), true);
}

/** e^x, a little faster: 0 below -87.7, infinity above 88.3. */
@inline
function coarseExp(x: v128): v128 {
  return expWithin(f32x4.pmin(f32x4.pmax(x, constant(EXP_BOUNDS + 4)), constant(EXP_BOUNDS + 8)), false);
}

/** Natural logarithm: -infinity at 0, NaN below. */
@inline
export function log(x: v128): v128 {
  // Subnormal numbers are scaled by 2^23 first.
  const small = f32x4.lt(x, splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, splat(8388608)), x, small);
  // x = m·2^e with m from √½ to √2.
  const rootHalf = i32x4.splat(0x3f3504f3);
  const offset = i32x4.sub(scaled, rootHalf);
  const e = f32x4.sub(f32x4.convert_i32x4_s(i32x4.shr_s(offset, 23)), v128.and(small, splat(23)));
  const m = i32x4.add(v128.and(offset, i32x4.splat(0x007fffff)), rootHalf);
  // log m = f − f²/2 + f³·P(f)
  const f = f32x4.sub(m, constant(ONE));
  const square = f32x4.mul(f, f);
  let p = horner(constant(LOG), f, LOG + 4);
  p = horner(p, f, LOG + 8);
  p = horner(p, f, LOG + 12);
  p = horner(p, f, LOG + 16);
  p = horner(p, f, LOG + 20);
  p = horner(p, f, LOG + 24);
  p = horner(p, f, LOG + 28);
  p = horner(p, f, LOG + 32);
  p = f32x4.mul(f32x4.mul(p, f), square);
  p = f32x4.add(p, f32x4.mul(e, constant(LN_2 + 4)));
  p = f32x4.sub(p, f32x4.mul(square, splat(0.5)));
  const y = f32x4.add(f32x4.add(f, p), f32x4.mul(e, constant(LN_2)));
  // Special cases: infinity and NaN are returned as they are; 0 gives -infinity, and negative numbers NaN.
  const finite = v128.bitselect(y, x, f32x4.lt(f32x4.abs(x), splat(Infinity)));
  const notZero = v128.bitselect(splat(-Infinity), finite, f32x4.eq(x, splat(0)));
  return v128.bitselect(splat(NaN), notZero, f32x4.lt(x, splat(0)));
}

/** 1 / (1 + e^-x) */
@inline
export function sigmoid(x: v128): v128 {
  const one = constant(ONE);
  return f32x4.div(one, f32x4.add(one, coarseExp(f32x4.neg(x))));
}

/** tanh x: below 0.625 the polynomial x + x³·P(x²), from there on 1 − 2 / (e^2|x| + 1), with the sign of x. */
@inline
export function tanh(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let p = horner(constant(TANH), square, TANH + 4);
  p = horner(p, square, TANH + 8);
  p = horner(p, square, TANH + 12);
  p = horner(p, square, TANH + 16);
  const near = f32x4.add(x, f32x4.mul(f32x4.mul(p, square), x));

  const size = f32x4.abs(x);
  const e = coarseExp(f32x4.add(size, size));
  const far = f32x4.sub(constant(ONE), f32x4.div(constant(TWO), f32x4.add(e, constant(ONE))));
  const y = v128.bitselect(near, far, f32x4.lt(size, constant(TANH_NEAR)));
  return v128.bitselect(x, y, constant(SIGN));
}

/** log(1 + e^x) = max(x, 0) + log(1 + u) with u = e^-|x|, which cannot overflow. */
@inline
export function softplus(x: v128): v128 {
  const u = exp(f32x4.neg(f32x4.abs(x)));
  const w = f32x4.add(constant(ONE), u);
  // Corrects the rounding of 1 + u to first order; without it, a small u would be lost altogether.
  const lost = f32x4.sub(u, f32x4.sub(w, constant(ONE)));
  return f32x4.add(f32x4.max(x, splat(0)), f32x4.add(log(w), f32x4.div(lost, w)));
}
