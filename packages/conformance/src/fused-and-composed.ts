/* Compares a computation and its gradients, fused and composed, with the reference. */
import type { Backend } from '@recurra/core';
import type { Check } from './check.js';
import {
  type Computed,
  type Differentiable,
  differentiate,
  expectedOf,
  infer,
} from './finite-differences.js';
import { uniform, type Values } from './numbers.js';
import { exact, largest, ofDepth, ofMoved, roundingOf } from './tolerance.js';

/** The values of `fused` to test: with fused kernels, if the backend has any, and without. */
export function implementationsOf({ fused }: Backend): boolean[] {
  return Object.keys(fused).length > 0 ? [true, false] : [false];
}

/**
 * With the backend's fused kernels if it has any, else composed: for computations of very many composed
 * operations.
 */
export function fusedIfAny(backend: Backend): boolean[] {
  return implementationsOf(backend).slice(0, 1);
}

/**
 * Proves outputs and gradients, the outputs without gradients, and that no variable is changed.
 *
 * @param what prefix of every message
 * @param implementations the values of `fused` to test: true for fused kernels, false for composed
 */
export async function provesFusedAndComposed(
  check: Check,
  problem: Differentiable,
  { what = '', implementations = implementationsOf(check.backend) } = {},
): Promise<void> {
  const expected = await expectedOf(check, problem);
  for (const fused of implementations) {
    const title = `${what}${what && ': '}${fused ? 'fused' : 'composed'}`;
    const tapes = [check.tape(check.backend, { fused }), check.tape(check.backend, { fused })];
    const actual = await differentiate(tapes[0], problem);
    const inferred = { outputs: await infer(tapes[1], problem), gradients: {}, variables: {} };
    await near(check, problem, expected, title, actual);
    await near(check, problem, expected, `${title}, without gradients`, inferred);
    for (const [name, values] of Object.entries(problem.variables))
      check.near(`${title}: ${name}, afterwards, `, actual.variables[name], values, exact);
    // Without fused kernels, this would run the same operations again.
    const uses = tapes.flatMap(({ kernelLog }) => kernelLog);
    if (!uses.some(({ implementation }) => implementation === 'fused')) return;
  }
}

/**
 * Fails unless the results are as expected within {@link ofDepth}, or within {@link ofMoved} where the
 * function bends sharply.
 */
async function near(
  check: Check,
  problem: Differentiable,
  expected: Computed,
  title: string,
  actual: Computed,
): Promise<void> {
  const { depth } = problem;
  let moved: Computed[] | undefined;
  for (const part of ['outputs', 'gradients'] as const) {
    const scale = Math.max(1, ...Object.values(expected[part]).map(({ data }) => largest(data)));
    for (const [name, result] of Object.entries(actual[part])) {
      const right = expected[part][name];
      let bound = ofDepth(right.data, depth, check.precision);
      if (!check.isNear(result, right, bound)) {
        moved ??= await movedOf(check, problem);
        const others = moved.map((other) => other[part][name].data);
        bound = ofMoved(right.data, others, scale, depth, check.precision);
      }
      check.near(`${title}: ${part === 'gradients' ? 'gradient of ' : ''}${name} `, result, right, bound);
    }
  }
}

/** The reference's results for variables that are perturbed by as much as rounding may change them. */
async function movedOf(check: Check, problem: Differentiable): Promise<Computed[]> {
  const reference = await check.reference();
  const distance = roundingOf(problem.depth, check.precision);
  const of = (seed: number) => differentiate(check.tape(reference), movedBy(problem, distance, seed));
  return [await of(1), await of(2), await of(3)];
}

/** Each variable, perturbed by at most `distance`. */
function movedBy(problem: Differentiable, distance: number, seed: number): Differentiable {
  const move = ({ data, shape }: Values) => {
    const moves = uniform(data.length, seed, -distance, distance);
    return { shape, data: Array.from(data, (value, i) => value + moves[i]) };
  };
  const entries = Object.entries(problem.variables).map(([name, values]) => [name, move(values)] as const);
  return { ...problem, variables: Object.fromEntries(entries) };
}
