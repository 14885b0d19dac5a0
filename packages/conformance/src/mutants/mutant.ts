import { reference } from '@recurra/backend-reference';
import { type Backend, type Tape, type Tensor, withTape } from '@recurra/core';
import { type Case, titleOf } from '../suite.js';
import { singlePrecision } from './single-precision.js';

type Precision = Backend['precision'];

/** A backend with one fault. The suite must fail on it. */
export interface Mutant {
  readonly name: string;
  /** A description of the fault. */
  readonly what: string;
  /** The cases to try first. The others are tried too, so a wrong hint only costs time. */
  readonly first: (item: Case) => boolean;
  /** The precisions in which it is faulty; some errors are within the float32 tolerances. */
  readonly precisions: readonly Precision[];
  /**
   * @param precision of the correct backend that it wraps; default: the first of `precisions`
   * @param right creates the correct backend; default: the reference
   */
  create(precision?: Precision, right?: () => Promise<Backend>): Promise<Backend>;
}

/**
 * Makes a mutant: a correct backend with some members replaced. `change` runs for each backend, so
 * backends share no state.
 *
 * @param first the cases to try first: the beginning of their titles, or a predicate
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
    async create(precision = precisions[0], create = () => referenceIn(precision)) {
      const right = await create();
      return { ...right, ...change(right) };
    },
  };
}

async function referenceIn(precision: Precision): Promise<Backend> {
  return precision === 'float32' ? singlePrecision(await reference()) : reference();
}

/** Returns a function that makes mutants with the same cases to try first. */
export const triedFirst =
  (first: string) =>
  (name: string, what: string, change: (right: Backend) => Partial<Backend>): Mutant =>
    mutant(name, what, first, change);

/** Computes one new tensor with any number of operations, and frees the intermediate tensors. */
export function compute(backend: Backend, body: (tape: Tape) => Tensor): Tensor {
  return withTape(backend, (tape) => tape.keep(body(tape)));
}

/**
 * Rounds x to `bits` significant bits, 53 at most, by adding and subtracting a multiple of it (Dekker 1971).
 */
export function roundTo(bits: number, tape: Tape, x: Tensor): Tensor {
  const large = tape.affine(x, 2 ** (53 - bits) + 1);
  return tape.sub(large, tape.sub(large, x));
}

/** 1 for numbers, 0 for NaN. */
export function isNumber(tape: Tape, x: Tensor): Tensor {
  return tape.step(tape.affine(tape.abs(x), 1, 1));
}
