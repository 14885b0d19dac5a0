import { reference } from '@recurra/backend-reference';
import { type Backend, type Tape, type Tensor, withTape } from '@recurra/core';
import { type Case, titleOf } from '../suite.js';
import { singlePrecision } from './single-precision.js';

type Precision = Backend['precision'];

/** A backend that is wrong in one thing. The suite must fail on it. */
export interface Mutant {
  readonly name: string;
  /** What is wrong. */
  readonly what: string;
  /** The cases to try first. The others are tried too, so a wrong hint only costs time. */
  readonly first: (item: Case) => boolean;
  /** Where it is wrong at all; what float64 must not do, float32 may. */
  readonly precisions: readonly Precision[];
  /** @param precision of the right backend that it is made of; default: the first of its own */
  create(precision?: Precision): Promise<Backend>;
}

/**
 * The reference with some members changed; each backend made has its own change, and so its own memory of it.
 *
 * @param first the cases to try first: how their titles begin, or what they are
 */
export function mutant(
  name: string,
  what: string,
  first: string | Mutant['first'],
  change: (right: Backend) => Partial<Backend>,
  precisions: readonly Precision[] = ['float64', 'float32'],
): Mutant {
  return {
    name,
    what,
    first: typeof first === 'string' ? (item) => titleOf(item).startsWith(first) : first,
    precisions,
    async create(precision = precisions[0]) {
      const right = precision === 'float32' ? singlePrecision(await reference()) : await reference();
      return { ...right, ...change(right) };
    },
  };
}

/** Makes mutants of which the same cases are tried first. */
export const triedFirst =
  (first: string) =>
  (name: string, what: string, change: (right: Backend) => Partial<Backend>): Mutant =>
    mutant(name, what, first, change);

/** One new tensor, computed with as many operations as one likes; what is made in between is freed. */
export function compute(backend: Backend, body: (tape: Tape) => Tensor): Tensor {
  return withTape(backend, (tape) => tape.keep(body(tape)));
}

/** x rounded to so many significant bits, 53 at most, by adding and subtracting it times a power of two (Dekker 1971). */
export function roundTo(bits: number, tape: Tape, x: Tensor): Tensor {
  const large = tape.affine(x, 2 ** (53 - bits) + 1);
  return tape.sub(large, tape.sub(large, x));
}

/** 1 where x is a number, 0 where it is NaN. */
export function isNumber(tape: Tape, x: Tensor): Tensor {
  return tape.step(tape.affine(tape.abs(x), 1, 1));
}
