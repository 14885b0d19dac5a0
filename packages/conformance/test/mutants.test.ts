/*
 * The suite fails on every mutant, and passes on the correct kernels and the correct float32 backend that
 * mutants wrap.
 */
import { readFileSync } from 'node:fs';
import { reference } from '@recurra/backend-reference';
import { conformance, runConformance } from '@recurra/conformance';
import type { Backend } from '@recurra/core';
import { describe, expect, test } from 'vitest';
import { twoForms } from '../src/mutants/forms.js';
import { baselineKernels, firstFailure, mutants, singlePrecision } from '../src/mutants/index.js';
import { rightInt8 } from '../src/mutants/int8.js';
import { type Result, Session } from '../src/suite.js';

const cases = conformance();

/**
 * The case that each mutant failed when scripts/record-first-failures.mjs last ran. It is tried first, to
 * save time.
 */
const firstFailures: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('first-failures.json', import.meta.url), 'utf8'),
);

const fused = (right: Backend): Backend => ({ ...right, fused: baselineKernels(right), lacks: {} });

/** Errors of a mutant that is itself written wrongly; they prove nothing about the suite. */
const OWN_MISTAKE = /^(TypeError|ReferenceError|RangeError|ShapeError)/;

/**
 * Each mutant is tested in float32, where tolerances are wider and faults harder to find. Mutants that are
 * wrong only in float64 are tested in float64.
 */
describe.each(['float32', 'float64'] as const)('the suite fails in %s on', (precision) => {
  const there = mutants.filter(({ precisions }) => {
    return precision === (precisions.includes('float32') ? 'float32' : 'float64');
  });
  const named = there.map((mutant) => [mutant.name, mutant.what, mutant] as const);
  test.for(named)('%s: %s', async ([, , mutant], { annotate }) => {
    const recorded = cases.filter(({ group, name }) => `${group}: ${name}` === firstFailures[mutant.name]);
    const result =
      (await firstFailure(mutant, recorded, precision)) ?? (await firstFailure(mutant, cases, precision));
    expect(result, `survives all of ${cases.length} cases`).toBeDefined();
    expect(result?.reason).not.toMatch(OWN_MISTAKE);
    // For float32, the next test proves that the correct kernels pass all cases.
    if (precision === 'float64') expect(await passes(result)).toBe(true);
    await annotate(`${result?.group}: ${result?.name}: ${result?.reason}`);
  });
});

test('the correct kernels pass all cases in float32', async () => {
  const create = async () => fused(singlePrecision(await reference()));
  const { results } = await runConformance({ name: 'the right kernels', create });
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  const implementations = new Set(
    results.flatMap(({ kernels }) =>
      kernels.map(({ kernel, implementation }) => `${kernel} ${implementation}`),
    ),
  );
  for (const kernel of ['recurrent', 'dense', 'crossEntropy', 'scan', 'ctc', 'optimizer'])
    expect(implementations).toContain(`${kernel} fused`);
}, 900_000);

test('the correct kernels pass the cases of int8 weights', async () => {
  const create = async () => {
    const right = await reference();
    return { ...right, ...rightInt8(right) };
  };
  const { results } = await runConformance({ name: 'the right kernels', create, only: 'int8: ' });
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
});

test.each(['float32', 'float64'])(
  'the correct kernels of two forms pass the cases of forms in %s',
  async (precision) => {
    const create = async () => {
      const right = precision === 'float32' ? singlePrecision(await reference()) : await reference();
      return { ...right, ...twoForms(right) };
    };
    const { results } = await runConformance({ name: 'the right kernels', create, only: 'forms: ' });
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  },
);

test('the names of the mutants are unique', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

/** True if the correct kernels pass the case in float64. */
async function passes(result: Pick<Result, 'group' | 'name'> | undefined): Promise<boolean> {
  const only = cases.filter(({ group, name }) => group === result?.group && name === result.name);
  const session = new Session(async () => fused(await reference()));
  try {
    return only.length === 1 && (await session.run(only[0])).status === 'passed';
  } finally {
    session.close();
  }
}
