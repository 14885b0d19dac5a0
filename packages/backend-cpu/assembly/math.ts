/*
 * exp, log, sigmoid, tanh and softplus of the four lanes of a vector, with a relative error of about 1e-7. NaN gives NaN:
 * that is why x is clamped as `pmin(pmax(x, low), high)`; with its arguments swapped, pmin would drop a NaN.
 * The logarithm's polynomial is that of Cephes (Moshier: logf).
 */
import { multiplyAdd, multiplySubtract, splat } from './vector';

/*
 * Constants are loaded from memory at each use, because V8 rebuilds a constant vector each time, which takes longer.
 * Polynomials start with the coefficient of the highest power.
 */
/** (r − 1 + e^-r) / r² for |r| up to ln(2) / 2: a minimax polynomial with a relative error of e^-r of 3e-9. */
const EXP = memory.data<f32>([1.3951097477e-3, -8.3692393271e-3, 4.1666196691e-2, -1.6666515917e-1, 5.0000000980e-1]);
const LOG = memory.data<f32>([
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
]);
const LOG2_E = memory.data<f32>([1.44269504]);
/** ln 2 as the sum of two numbers. The first has so few digits that whole multiples of it are exact. */
const LN_2 = memory.data<f32>([0.693145751953125, 1.42860676533e-6]);
/**
 * 1.5·2^23 + 127. Adding it leaves no bits for a fraction, so it rounds; the low bits of the sum are the whole number, plus
 * the bias of a float32's exponent.
 */
const ROUNDER = memory.data<f32>([12583039]);
const ONE = memory.data<f32>([1]);
const TWO = memory.data<f32>([2]);
const EXPONENT_BIAS = memory.data<i32>([127]);
const EXP_BOUNDS = memory.data<f32>([-89, 104]);
const SIGMOID_BOUNDS = memory.data<f32>([-89, 88]);
const TANH_LEAST = memory.data<f32>([-20]);
const SIGN = memory.data<f32>([-0.0]);

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

/** x, or the nearer of the two numbers at `bounds` if it is not between them. */
@inline
function clamp(x: v128, bounds: usize): v128 {
  return f32x4.pmin(f32x4.pmax(x, constant(bounds)), constant(bounds + 4));
}

/*
 * e^-x = 2^-m · e^-r, where m is the whole number nearest to x / ln 2, and r the remainder x − m·ln 2. Negative, because
 * then e^-0 − 1 = 0 has the sign of its 0 without more ado.
 */

/** ROUNDER − m. As an integer, its low bits are the exponent of 2^-m as a float32. */
@inline
function nearestPower(x: v128): v128 {
  return multiplySubtract(x, constant(LOG2_E), constant(ROUNDER));
}

/** 2^-m for m from -127 to 126; infinity for -128, 0 for 127. */
@inline
function powerOfTwo(nearest: v128): v128 {
  return i32x4.shl(nearest, 23);
}

/** 1 − e^-r, with a small relative error also near 0. */
@inline
function oneMinusExp(x: v128, nearest: v128): v128 {
  const m = f32x4.sub(constant(ROUNDER), nearest);
  const r = multiplySubtract(m, constant(LN_2 + 4), multiplySubtract(m, constant(LN_2), x));
  const square = f32x4.mul(r, r);
  // In pairs (Estrin's scheme), because in Horner's each step waits for the one before.
  const high = multiplyAdd(constant(EXP), square, horner(constant(EXP + 4), r, EXP + 8));
  const p = multiplyAdd(high, square, horner(constant(EXP + 12), r, EXP + 16));
  return multiplySubtract(square, p, r);
}

/** e^x; 0 below -104, infinity above 88.8. */
@inline
export function exp(x: v128): v128 {
  const opposite = clamp(f32x4.neg(x), EXP_BOUNDS);
  const nearest = nearestPower(opposite);
  const e = f32x4.sub(constant(ONE), oneMinusExp(opposite, nearest));
  // In two steps, because the power of two itself may be too small or too large for a float32.
  const power = i32x4.sub(nearest, constant(ROUNDER));
  const half = i32x4.shr_s(power, 1);
  const rest = i32x4.sub(power, half);
  return f32x4.mul(f32x4.mul(e, withExponent(half)), withExponent(rest));
}

/** 2^n for whole n from -126 to 127. */
@inline
function withExponent(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, constant(EXPONENT_BIAS)), 23);
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
  const within = clamp(x, SIGMOID_BOUNDS);
  const nearest = nearestPower(within);
  const one = constant(ONE);
  const e = f32x4.mul(powerOfTwo(nearest), f32x4.sub(one, oneMinusExp(within, nearest)));
  return f32x4.div(one, f32x4.add(one, e));
}

/**
 * tanh x = u / (2 − u) with u = 1 − e^-2x = 2^-m · (1 − e^-r) − (2^-m − 1). Computed for -|x|, where no digits are lost as
 * the result nears -1: gradients are multiplied by 1 − tanh².
 */
@inline
export function tanh(x: v128): v128 {
  const negative = v128.or(x, constant(SIGN));
  const twice = f32x4.pmax(f32x4.add(negative, negative), constant(TANH_LEAST));
  const nearest = nearestPower(twice);
  const power = powerOfTwo(nearest);
  const u = f32x4.sub(f32x4.mul(power, oneMinusExp(twice, nearest)), f32x4.sub(power, constant(ONE)));
  return v128.xor(f32x4.div(u, f32x4.sub(constant(TWO), u)), v128.xor(x, negative));
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
