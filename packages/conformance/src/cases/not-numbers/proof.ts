/*
 * Proves that NaN reaches exactly the elements that it must, composed and with the fused kernels. Each of the
 * two is a separate capability.
 */
import type { Capability } from '@recurra/core/backend';
import type { Check } from '../../check.js';
import {
  type Computed,
  type Differentiable,
  differentiate,
  expectedOf,
  infer,
} from '../../finite-differences.js';
import { implementationsOf } from '../../fused-and-composed.js';
import type { Values } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { ofDepth } from '../../tolerance.js';

export const group = 'not-numbers';

/** Makes two cases: one with the backend's fused kernels, if any, and one that core composes. */
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

/** Proves that outputs and gradients equal the expected ones, with NaN at exactly the same elements. */
export async function proves(
  check: Check,
  problem: Differentiable,
  fused: boolean,
  what: string,
): Promise<void> {
  const expected = await expectedOf(check, problem);
  const actual = await differentiate(check.tape(check.backend, { fused }), problem);
  sameNaN(check, `${what}: `, problem, actual.outputs, expected.outputs);
  sameNaN(check, `${what}: gradient of `, problem, actual.gradients, expected.gradients);
  await provesOutputs(check, problem, fused, what);
}

/** Proves the same for the outputs alone, when no gradient is requested. */
export async function provesOutputs(
  check: Check,
  problem: Differentiable,
  fused: boolean,
  what: string,
): Promise<void> {
  const { outputs: expected } = await expectedOf(check, problem);
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
