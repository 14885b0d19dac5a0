/*
 * How far a result may be from what is expected. Every number that the suite allows is here, with its reason.
 *
 *   what                          allowed at an element                                              function
 *   moved or chosen numbers       nothing                                                            exact
 *   one operation                 ulps · ulp · magnitude + absolute, by the table ACCURACY           ofOperation
 *   the norm of many numbers      half of what their sum errs by, and a square root                  ofNorm
 *   a layer, a network, a law     steps · (terms + FUNCTIONS) · ulp · largest of the tensor,
 *                                 in float32 at most SINGLE                                          ofDepth
 *   … that may bend sharply       the same, and what it does to numbers moved by as much             ofMoved
 *   finite differences            the same, as the difference magnifies it                           ofDifferences
 *   goldens, training             1e-4 · largest of the tensor, or what rounding the inputs does      ofGolden
 *
 * ulp is the distance from 1 to the next number: 2⁻²³ in float32, 2⁻⁵² in float64. The magnitude is what gets rounded:
 * the result, or for a sum Σ |terms|, since rounding errs by a share of every term, also where they cancel.
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
  /** Besides, in float32 only. */
  readonly absolute?: number;
}

/** n terms, each rounded once itself and n − 1 times in the sum, by half an ulp (Higham 2002, §3.1). */
const SUM: Accuracy = { ulps: (terms) => (terms + 1) / 2 };
const EXACT: Accuracy = { ulps: () => 0 };
const ROUNDED: Accuracy = { ulps: () => 1 };

/** exp errs by its argument's rounding too; past 100 it is infinite or zero. */
const ofExp = (x: number) => 3 + 2 * Math.min(Math.abs(x), 100);

/**
 * What each operation is held to. It is what the W3C's WGSL grants to GPUs ("Accuracy of concrete floating point
 * expressions"); sums may go in any order, with or without fused multiply-add.
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
  // exp of the argument less the maximum, above and in the sum below; the sum; a division, or a logarithm.
  softmax: { ulps: (terms, x) => 2 * ofExp(x) + terms / 2 + 4 },
  logSoftmax: { ulps: (terms, x) => 2 * ofExp(x) + terms / 2 + 4 },
};

export interface Rounded {
  /** What is rounded at each element: |result|, or Σ |terms|. */
  readonly magnitudes: ArrayLike<number>;
  /** How many numbers are added up. */
  readonly terms?: number;
  /** The argument of a function at each element, or the largest. */
  readonly x?: ArrayLike<number> | number;
}

/** One operation. */
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

/**
 * The norm of `terms` numbers. The root halves the share by which the sum of their squares errs, and then errs itself as a
 * square root may.
 */
export function ofNorm(norm: number, terms: number, precision: Precision): Bound {
  const ulps = SUM.ulps(terms, 0) / 2 + ACCURACY.sqrt.ulps(1, 0);
  return () => ulps * ulp(precision) * norm;
}

/** How deep a computation is, from its inputs to its results. */
export interface Depth {
  /** Steps that wait for each other: for a gradient those of the forward and of the backward pass. */
  readonly steps: number;
  /** The most numbers that are added up in one. */
  readonly terms: number;
}

/** The functions of one step, in ulp: a tanh, which by the table above may err by 1e-5, and what is around it. */
const FUNCTIONS = 100;

/** The numbers that the suite computes with are about 1; of a tensor smaller than this, terms have cancelled. */
const CANCELLED = 1e-2;

/** What goldens, training, and whatever has many steps or terms are held to in float32, as a share. */
const SINGLE = 1e-4;

/**
 * What a whole computation may err by, as a share of its numbers. The errors of very many terms and steps cancel for the
 * most part, and a recurrence forgets the oldest: in float32 there is no more than {@link SINGLE}, whatever the depth.
 */
export function roundingOf({ steps, terms }: Depth, precision: Precision): number {
  const share = steps * (terms + FUNCTIONS) * ulp(precision);
  return precision === 'float32' ? Math.min(share, SINGLE) : share;
}

/**
 * A whole computation. Each step rounds its terms and passes on, at most once, the error that comes in. The errors are
 * a share of the largest magnitude of the tensor, not of each element, which may be a difference of large ones.
 */
export function ofDepth(expected: ArrayLike<number>, depth: Depth, precision: Precision): Bound {
  return ofLargest(expected, roundingOf(depth, precision), CANCELLED);
}

/**
 * A whole computation that may bend sharply where its numbers happen to lie: at the bound of a clip, the kink of a relu,
 * or the normalisation of nearly equal numbers. A backend that rounds gives what the exact computation gives for numbers
 * moved by {@link roundingOf}; `moved` are some of those. `scale` is the largest magnitude of the run, and at
 * least 1, as its inputs are: what is small beside that may be a sum whose terms have cancelled.
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

/** The largest distance between two arrays of numbers. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

/** The step of central differences: small, because layer normalisation of nearly equal numbers bends sharply. */
export const DIFFERENCE = 1e-6;

/** A gradient against (f(x + d) − f(x − d)) / 2d in float64: the rounding of f is divided by d, and d² · f‴ / 6 is missing. */
export function ofDifferences(expected: ArrayLike<number>, depth: Depth): Bound {
  const rounding = roundingOf(depth, 'float64') / DIFFERENCE;
  const sharpness = 1e5;
  return ofLargest(expected, rounding + sharpness * DIFFERENCE ** 2, 1);
}

/**
 * A golden vector on a float32 backend, and a run of training, which are held to the same: rounding carried through
 * the recurrence, and through every update. `spread` is what rounding the inputs comes to in exact arithmetic: next to
 * nothing, save where a training is so ill-conditioned that no float32 could do better.
 */
export function ofGolden(expected: ArrayLike<number>, spread = 0): Bound {
  const bound = Math.max(SINGLE * largest(expected), spread);
  return () => bound;
}

/**
 * A golden vector in float64. Its results are given to nine digits, and so are its inputs: `spread` is what their
 * rounding comes to, which is much where a computation is ill-conditioned and next to nothing elsewhere.
 */
export function ofGoldenFile(expected: ArrayLike<number>, spread: number): Bound {
  const bound = 1e-8 * largest(expected) + spread;
  return () => bound;
}

function ofLargest(expected: ArrayLike<number>, share: number, least = 0): Bound {
  const bound = share * Math.max(largest(expected), least);
  return () => bound;
}

/** The largest finite magnitude; 0 where there is nothing. */
export function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) result = Math.max(result, Math.abs(values[i]));
  }
  return result;
}

export interface Difference {
  /** The largest error as a share of its bound: right up to 1; Infinity where a number is NaN, infinite or not equal to an exact one. */
  readonly share: number;
  /** Where it is. */
  readonly index: number;
}

/** The worst element. Where NaN is expected only NaN is right, and where an infinity is, only the same one. */
export function worstOf(actual: ArrayLike<number>, expected: ArrayLike<number>, bound: Bound): Difference {
  let worst: Difference = { share: 0, index: 0 };
  for (let index = 0; index < expected.length; index++) {
    const [a, e] = [actual[index], expected[index]];
    if (Object.is(a, e) || a === e) continue;
    const share = Math.abs(a - e) / bound(index);
    const finite = Number.isFinite(a) && Number.isFinite(e) && !Number.isNaN(share);
    if (!finite || share > worst.share) worst = { share: finite ? share : Infinity, index };
    if (worst.share === Infinity) break;
  }
  return worst;
}

/** `[1,2]` for the fourth of shape [2, 3]. */
export function indexText(index: number, shape: readonly number[]): string {
  return `[${shape.map((size, axis) => Math.floor(index / sizeOf(shape.slice(axis + 1))) % size)}]`;
}
