/*
 * How far a result may be from the expected one. This file has every tolerance of the suite, with its reason.
 *
 *   result                      tolerance of an element                                              function
 *   moved or chosen numbers     nothing                                                              exact
 *   one operation               ulps · ulp · magnitude + absolute, by the table ACCURACY             ofOperation
 *   the norm of many numbers    half the error of their sum, plus a square root                      ofNorm
 *   a layer, a network, a law   steps · (terms + FUNCTIONS) · ulp · largest of the tensor,
 *                               in float32 at most SINGLE                                            ofDepth
 *   … that may bend sharply     the same, plus the change when the inputs are perturbed              ofMoved
 *   finite differences          the same, magnified by the difference                                ofDifferences
 *   goldens, training           1e-4 · largest of the tensor, or the effect of rounding the inputs   ofGolden
 *
 * ulp is the distance from 1 to the next number: 2⁻²³ in float32, 2⁻⁵² in float64. The magnitude is that of
 * the rounded numbers: of the result or, for a sum, Σ |terms|, because each term is rounded, even if the
 * terms cancel.
 */
import type { Backend } from '@recurra/core';
import { type BinaryOp, sizeOf, type UnaryOp } from '@recurra/core/backend';

export type Precision = Backend['precision'];

/** The error allowed at an element. */
export type Bound = (index: number) => number;

/** For operations that only move or choose numbers. */
export const exact: Bound = () => 0;

export function ulp(precision: Precision): number {
  return precision === 'float32' ? 2 ** -23 : 2 ** -52;
}

/** Results smaller than this may be flushed to zero, as GPUs do. */
function tiny(precision: Precision): number {
  return precision === 'float32' ? 2 ** -126 : 2 ** -1022;
}

/** The operations that compute; the others move or choose. */
export type Rounding =
  | UnaryOp
  | BinaryOp
  | 'affine'
  | 'matmul'
  | 'sum'
  | 'scatterAdd'
  | 'softmax'
  | 'logSoftmax';

interface Accuracy {
  /** @param terms how many numbers are added up; @param x the argument */
  readonly ulps: (terms: number, x: number) => number;
  /** An additional term, in float32 only. */
  readonly absolute?: number;
}

/** n terms, each rounded once itself and n − 1 times in the sum, by half an ulp (Higham 2002, §3.1). */
const SUM: Accuracy = { ulps: (terms) => (terms + 1) / 2 };
const EXACT: Accuracy = { ulps: () => 0 };
const ROUNDED: Accuracy = { ulps: () => 1 };

/** exp errs by its argument's rounding too; past 100 it is infinite or zero. */
const ofExp = (x: number) => 3 + 2 * Math.min(Math.abs(x), 100);

/**
 * The tolerance of each operation. It is the accuracy that the W3C's WGSL specification requires of GPUs ("Accuracy of concrete
 * floating point expressions"). Sums may be in any order, with or without fused multiply-add.
 */
const ACCURACY: Record<Rounding, Accuracy> = {
  abs: EXACT,
  relu: EXACT,
  step: EXACT,
  maximum: EXACT,
  minimum: EXACT,
  add: ROUNDED,
  sub: ROUNDED,
  mul: ROUNDED,
  div: { ulps: () => 2.5 },
  sqrt: { ulps: () => 5 },
  log: { ulps: () => 5, absolute: 2 ** -21 },
  exp: { ulps: (_, x) => ofExp(x) },
  // exp, an addition and a division, or a logarithm.
  sigmoid: { ulps: (_, x) => ofExp(x) + 4 },
  softplus: { ulps: (_, x) => ofExp(x) + 4, absolute: 2 ** -20 },
  tanh: { ulps: () => 5, absolute: 1e-5 },
  affine: SUM,
  matmul: SUM,
  sum: SUM,
  scatterAdd: SUM,
  // The parts are: exp of the argument minus the maximum, in the numerator and in the sum; the sum itself;
  // and a division or a logarithm.
  softmax: { ulps: (terms, x) => 2 * ofExp(x) + terms / 2 + 4 },
  logSoftmax: { ulps: (terms, x) => 2 * ofExp(x) + terms / 2 + 4 },
};

export interface Rounded {
  /** The magnitude that is rounded at each element: |result|, or Σ |terms|. */
  readonly magnitudes: ArrayLike<number>;
  /** The number of summands. */
  readonly terms?: number;
  /** The argument of a function at each element, or the largest. */
  readonly x?: ArrayLike<number> | number;
}

/** The tolerance of one operation. */
export function ofOperation(
  op: Rounding,
  { magnitudes, terms = 1, x = 0 }: Rounded,
  precision: Precision,
): Bound {
  const { ulps, absolute = 0 } = ACCURACY[op];
  if (ACCURACY[op] === EXACT) return exact;
  const fixed = tiny(precision) + (precision === 'float32' ? absolute : 0);
  return (i) => {
    const argument = typeof x === 'number' ? x : x[i];
    return ulps(terms, argument) * ulp(precision) * Math.abs(magnitudes[i]) + fixed;
  };
}

/** The norm of `terms` numbers: the square root halves the relative error of their sum, and has its own. */
export function ofNorm(norm: number, terms: number, precision: Precision): Bound {
  const ulps = SUM.ulps(terms, 0) / 2 + ACCURACY.sqrt.ulps(1, 0);
  return () => ulps * ulp(precision) * norm;
}

/** The depth of a computation, from its inputs to its results. */
export interface Depth {
  /** The number of sequential steps: for a gradient, those of the forward and of the backward pass. */
  readonly steps: number;
  /** The largest number of summands in a step. */
  readonly terms: number;
}

/** The error of one step's functions, in ulp: a tanh, which may err by 1e-5 (see the table above), and some operations. */
const FUNCTIONS = 100;

/** The suite computes with numbers of about 1; if a tensor is smaller than this, its terms have cancelled. */
const CANCELLED = 1e-2;

/** The relative tolerance, in float32, of goldens, of training, and of computations of many steps or terms. */
const SINGLE = 1e-4;

/**
 * The relative error that a whole computation may have. The errors of very many terms and steps mostly cancel, and a recurrence
 * forgets the oldest ones, so in float32 the error is at most {@link SINGLE} at any depth.
 */
export function roundingOf({ steps, terms }: Depth, precision: Precision): number {
  const share = steps * (terms + FUNCTIONS) * ulp(precision);
  return precision === 'float32' ? Math.min(share, SINGLE) : share;
}

/**
 * The tolerance of a whole computation. Each step rounds its terms and passes on the incoming error, unamplified. The errors
 * are a share of the largest magnitude of the tensor, not of each element, which may be a difference of large ones.
 */
export function ofDepth(expected: ArrayLike<number>, depth: Depth, precision: Precision): Bound {
  return ofLargest(expected, roundingOf(depth, precision), CANCELLED);
}

/**
 * The tolerance of a whole computation whose function may bend sharply: at the bound of a clip, at the kink of a relu, or where
 * nearly equal numbers are normalised. The results of a backend that rounds equal the exact results for inputs that are
 * perturbed by {@link roundingOf}; `moved` has samples of those results. `scale` is the largest magnitude of the run, at least
 * 1 like its inputs: a number that is small in comparison may be a sum whose terms have cancelled.
 */
export function ofMoved(
  expected: ArrayLike<number>,
  moved: readonly ArrayLike<number>[],
  scale: number,
  depth: Depth,
  precision: Precision,
): Bound {
  const rounding = scale * roundingOf(depth, precision);
  const spread = Math.max(...moved.map((other) => farthest(other, expected)));
  return () => rounding + 2 * spread;
}

/** The largest difference between corresponding elements of two arrays. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

/** The step of central differences: small, because layer normalisation of nearly equal numbers bends sharply. */
export const DIFFERENCE = 1e-6;

/** The tolerance of a gradient against (f(x + d) − f(x − d)) / 2d in float64: (rounding of f) / d + d² · f‴ / 6. */
export function ofDifferences(expected: ArrayLike<number>, depth: Depth): Bound {
  const rounding = roundingOf(depth, 'float64') / DIFFERENCE;
  const sharpness = 1e5;
  return ofLargest(expected, rounding + sharpness * DIFFERENCE ** 2, 1);
}

/**
 * The tolerance of a golden vector or a training run on a float32 backend, where rounding errors go through the recurrence and
 * through every update. `spread` is the effect of rounding the inputs in exact arithmetic. It is negligible unless the training
 * is so ill-conditioned that no float32 backend could do better.
 */
export function ofGolden(expected: ArrayLike<number>, spread = 0): Bound {
  const bound = Math.max(SINGLE * largest(expected), spread);
  return () => bound;
}

/**
 * The tolerance of a golden vector in float64. Its inputs and results have nine digits. `spread` is the effect of rounding the
 * inputs, which is large for an ill-conditioned computation and negligible otherwise.
 */
export function ofGoldenFile(expected: ArrayLike<number>, spread: number): Bound {
  const bound = 1e-8 * largest(expected) + spread;
  return () => bound;
}

function ofLargest(expected: ArrayLike<number>, share: number, least = 0): Bound {
  const bound = share * Math.max(largest(expected), least);
  return () => bound;
}

/** The largest finite magnitude; 0 if there is none. */
export function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) result = Math.max(result, Math.abs(values[i]));
  }
  return result;
}

export interface Difference {
  /** The largest error as a share of its bound, right up to 1. Infinity for a wrong exact number, NaN or infinity. */
  readonly share: number;
  /** The index of the worst element. */
  readonly index: number;
}

/** Finds the worst element. An expected NaN matches only NaN, and an expected infinity only the same infinity. */
export function worstOf(actual: ArrayLike<number>, expected: ArrayLike<number>, bound: Bound): Difference {
  let worst: Difference = { share: 0, index: 0 };
  for (let index = 0; index < expected.length; index++) {
    const a = actual[index];
    const e = expected[index];
    if (a === e || Object.is(a, e)) continue;
    const share = Math.abs(a - e) / bound(index);
    const finite = Number.isFinite(a) && Number.isFinite(e) && !Number.isNaN(share);
    if (!finite || share > worst.share) worst = { share: finite ? share : Infinity, index };
    if (worst.share === Infinity) break;
  }
  return worst;
}

/** The index as text: `[1,0]` for the fourth element of shape [2, 3]. */
export function indexText(index: number, shape: readonly number[]): string {
  return `[${shape.map((size, axis) => Math.floor(index / sizeOf(shape.slice(axis + 1))) % size)}]`;
}
