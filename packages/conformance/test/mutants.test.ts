/* The suite finds out every mutant; and nothing against the right kernels and the right float32 that they are made of. */
import { reference } from '@recurra/backend-reference';
import { conformance, runConformance } from '@recurra/conformance';
import type { Backend } from '@recurra/core';
import { describe, expect, test } from 'vitest';
import { honestKernels, killer, mutants, singlePrecision } from '../src/mutants/index.js';

const cases = conformance();

/** What a mutant that is written wrongly dies of; it proves nothing of the suite. */
const OWN_MISTAKE = /^(TypeError|ReferenceError|RangeError|ShapeError)/;

/**
 * Each mutant is tried in float32, where the suite allows more, and so finds less; in float64 those that are wrong only there.
 */
describe.each(['float32', 'float64'] as const)('in %s is found out', (precision) => {
  const there = mutants.filter(({ precisions }) => {
    return precision === (precisions.includes('float32') ? 'float32' : 'float64');
  });
  const named = there.map((mutant) => [mutant.name, mutant.what, mutant] as const);
  test.for(named)('%s: %s', async ([, , mutant], { annotate }) => {
    const found = await killer(mutant, cases, precision);
    expect(found, `survives all of ${cases.length} cases`).toBeDefined();
    expect(found?.reason).not.toMatch(OWN_MISTAKE);
    await annotate(`${found?.group}: ${found?.name}: ${found?.reason}`);
  });
});

describe('nothing is found against', () => {
  const fused = (right: Backend): Backend => ({ ...right, fused: honestKernels(right), lacks: {} });
  test.each([
    ['the right kernels, in float64', async () => fused(await reference())],
    ['the right kernels, in float32', async () => fused(singlePrecision(await reference()))],
  ])(
    '%s',
    async (name, create) => {
      const { results } = await runConformance({ name, create });
      expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
      const ran = new Set(
        results.flatMap(({ kernels }) => kernels.map(({ kernel, way }) => `${kernel} ${way}`)),
      );
      for (const kernel of ['recurrent', 'dense', 'crossEntropy', 'optimizer'])
        expect(ran).toContain(`${kernel} fused`);
    },
    300_000,
  );
});

test('no two mutants have a name in common', () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});
