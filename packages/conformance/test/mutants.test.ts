/* The suite fails on every mutant, and passes the right kernels and the right float32 that they are made of. */
import { readFileSync } from 'node:fs';
import { reference } from '@recurra/backend-reference';
import { conformance, runConformance } from '@recurra/conformance';
import type { Backend } from '@recurra/core';
import { describe, expect, test } from 'vitest';
import { baselineKernels, firstFailure, mutants, singlePrecision } from '../src/mutants/index.js';
import { type Result, Session } from '../src/suite.js';

const cases = conformance();

/** The case that found each mutant when scripts/record-first-failures.mjs last ran: it is tried first, to save time. */
const firstFailures: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('first-failures.json', import.meta.url), 'utf8'),
);

const fused = (right: Backend): Backend => ({ ...right, fused: baselineKernels(right), lacks: {} });

/** What a mutant that is written wrongly dies of; it proves nothing of the suite. */
const OWN_MISTAKE = /^(TypeError|ReferenceError|RangeError|ShapeError)/;

/**
 * Each mutant is tried in float32, where the suite allows more, and so finds less; in float64 those that are wrong only there.
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
    // In float32 the right kernels pass all cases, below.
    if (precision === 'float64') expect(await passes(result)).toBe(true);
    await annotate(`${result?.group}: ${result?.name}: ${result?.reason}`);
  });
});

test('nothing is found against the right kernels, in float32', async () => {
  const create = async () => fused(singlePrecision(await reference()));
  const { results } = await runConformance({ name: 'the right kernels', create });
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  const ran = new Set(
    results.flatMap(({ kernels }) =>
      kernels.map(({ kernel, implementation }) => `${kernel} ${implementation}`),
    ),
  );
  for (const kernel of ['recurrent', 'dense', 'crossEntropy', 'optimizer'])
    expect(ran).toContain(`${kernel} fused`);
}, 300_000);

test('no two mutants have a name in common', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

/** Whether the right kernels pass the case, in float64. */
async function passes(result: Pick<Result, 'group' | 'name'> | undefined): Promise<boolean> {
  const only = cases.filter(({ group, name }) => group === result?.group && name === result.name);
  const session = new Session(async () => fused(await reference()));
  try {
    return only.length === 1 && (await session.run(only[0])).status === 'passed';
  } finally {
    session.close();
  }
}
