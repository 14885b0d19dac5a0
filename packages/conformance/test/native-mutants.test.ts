/* The suite also fails on mutants that wrap the native backend, whose results are rounded differently from the reference's. */
import { readFileSync } from 'node:fs';
import { native } from '@recurra/backend-native';
import { conformance } from '@recurra/conformance';
import { DeviceError } from '@recurra/core';
import { expect, test } from 'vitest';
import { firstFailure, mutants } from '../src/mutants/index.js';

const missing = await native().then(
  (backend) => void backend.dispose(),
  (error: Error) => {
    if (!(error instanceof DeviceError) || process.env.CI) throw error;
    return error.message;
  },
);

/** The case that finds each mutant of the reference. */
const firstFailures: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('first-failures.json', import.meta.url), 'utf8'),
);
const cases = conformance();

/** The native backend's operations; a mutant's kernels are made of them. */
const operations = async () => ({
  ...(await native({ threads: 1 })),
  fused: {},
  lacks: { fused: 'the mutant has its own' },
});

/** One of five, to save time. A false declaration shows only after all cases that need what it declares missing. */
const some = mutants
  .filter(({ name, precisions }) => precisions.includes('float32') && !name.startsWith('lacks '))
  .filter((_, i) => i % 5 === 0);

const title = `the suite finds ${some.length} mutants of the native backend`;
test.skipIf(missing)(missing ? `${title}: ${missing}` : title, async () => {
  const survivors: string[] = [];
  for (const mutant of some) {
    const recorded = cases.filter(({ group, name }) => `${group}: ${name}` === firstFailures[mutant.name]);
    const failure =
      (await firstFailure(mutant, recorded, 'float32', operations)) ??
      (await firstFailure(mutant, cases.filter(mutant.first), 'float32', operations));
    if (!failure || /^(TypeError|ReferenceError|RangeError)/.test(failure.reason ?? ''))
      survivors.push(`${mutant.name}: ${failure?.reason ?? 'no failure'}`);
  }
  expect(survivors).toEqual([]);
});
