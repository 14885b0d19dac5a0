/* Fused and composed, a computation and its gradients are those of the reference. */
import type { Backend } from '@recurra/core';
import type { Check } from '../../check.js';
import { type Computed, type Differentiable, differentiate, infer } from '../../finite-differences.js';
import { uniform, type Values } from '../../numbers.js';
import { exact, largest, ofMoved, roundingOf } from '../../tolerance.js';

/** Proves outputs and gradients; the outputs also where no gradient is wanted; and that no variable is changed. */
export async function provesBothWays(check: Check, problem: Differentiable): Promise<void> {
  const { depth, variables } = problem;
  const reference = await check.reference();
  const expected = await differentiate(check.tape(reference), problem);
  const moved = await Promise.all(
    [1, 2, 3].map((seed) =>
      differentiate(check.tape(reference), movedBy(problem, roundingOf(depth, check.precision), seed)),
    ),
  );
  const near = (way: string, part: 'outputs' | 'gradients', actual: Computed[typeof part]) => {
    const scale = Math.max(1, ...Object.values(expected[part]).map(({ data }) => largest(data)));
    for (const [name, values] of Object.entries(expected[part])) {
      const others = moved.map((other) => other[part][name].data);
      const bound = ofMoved(values.data, others, scale, depth, check.precision);
      check.near(
        `${way}: ${part === 'gradients' ? 'gradient of ' : ''}${name} `,
        actual[name],
        values,
        bound,
      );
    }
  };
  for (const fused of waysOf(check.backend)) {
    const way = fused ? 'fused' : 'composed';
    const tape = () => check.tape(check.backend, { fused });
    const actual = await differentiate(tape(), problem);
    near(way, 'outputs', actual.outputs);
    near(way, 'gradients', actual.gradients);
    near(`${way}, without gradients`, 'outputs', await infer(tape(), problem));
    for (const [name, values] of Object.entries(variables))
      check.near(`${way}: ${name}, afterwards, `, actual.variables[name], values, exact);
  }
}

/** With the fused kernels, if there are any, and without. */
export function waysOf({ fused }: Backend): boolean[] {
  return Object.keys(fused).length > 0 ? [true, false] : [false];
}

/** Each variable moved by at most `distance`. */
function movedBy(problem: Differentiable, distance: number, seed: number): Differentiable {
  const move = ({ data, shape }: Values) => {
    const moves = uniform(data.length, seed, -distance, distance);
    return { shape, data: Array.from(data, (value, i) => value + moves[i]) };
  };
  const entries = Object.entries(problem.variables).map(([name, values]) => [name, move(values)] as const);
  return { ...problem, variables: Object.fromEntries(entries) };
}
