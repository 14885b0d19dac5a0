/* How NaN is proven to go where it must, and nowhere else: composed and by the fused kernels, each a capability of its own. */
import type { Capability } from '@recurra/core/backend';
import type { Check } from '../../check.js';
import { type Computed, type Differentiable, differentiate, infer } from '../../finite-differences.js';
import { implementationsOf } from '../../fused-and-composed.js';
import type { Values } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { ofDepth } from '../../tolerance.js';

export const group = 'not-numbers';

/** Two cases: one with the fused kernels, where there are any, and one that core composes. */
export function fusedAndComposed(name: string, run: (check: Check, fused: boolean) => Promise<void>): Case[] {
  const implementations: [string, boolean, Capability][] = [
    ['fused', true, 'fusedNan'],
    ['composed', false, 'nan'],
  ];
  return implementations.map(([title, fused, needs]) => ({
    group,
    name: `${name}, ${title}`,
    needs,
    async run(check) {
      if (implementationsOf(check.backend).includes(fused)) await run(check, fused);
    },
  }));
}

/** Proves that outputs and gradients are the reference's, NaN where it has NaN and numbers where it has numbers. */
export async function proves(
  check: Check,
  problem: Differentiable,
  fused: boolean,
  what: string,
): Promise<void> {
  const expected = await differentiate(check.tape(await check.reference()), problem);
  const actual = await differentiate(check.tape(check.backend, { fused }), problem);
  sameNaN(check, `${what}: `, problem, actual.outputs, expected.outputs);
  sameNaN(check, `${what}: gradient of `, problem, actual.gradients, expected.gradients);
  await provesOutputs(check, problem, fused, what);
}

/** The same of the outputs alone, where no gradient is wanted. */
export async function provesOutputs(
  check: Check,
  problem: Differentiable,
  fused: boolean,
  what: string,
): Promise<void> {
  const expected = await infer(check.tape(await check.reference()), problem);
  const actual = await infer(check.tape(check.backend, { fused }), problem);
  sameNaN(check, `${what}: without gradients, `, problem, actual, expected);
}

function sameNaN(
  check: Check,
  what: string,
  { depth }: Differentiable,
  actual: Computed['outputs'],
  expected: Computed['outputs'],
): void {
  for (const [name, values] of Object.entries(expected))
    check.near(`${what}${name} `, actual[name], values, ofDepth(values.data, depth, check.precision));
}

/** The problem with NaN at some elements of one of its variables. */
export function withNaN(
  problem: Differentiable,
  name: string,
  where: (index: number) => boolean,
): Differentiable {
  return { ...problem, variables: { ...problem.variables, [name]: nanAt(problem.variables[name], where) } };
}

export function nanAt({ data, shape }: Values, where: (index: number) => boolean): Values {
  return { shape, data: Array.from(data, (value, i) => (where(i) ? Number.NaN : value)) };
}
