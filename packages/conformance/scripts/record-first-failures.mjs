// Records the first case that each mutant fails, in test/first-failures.json, so that the test of the mutants tries it first.
// Run it after cases or mutants have changed; without it the test is right too, and slower.
import { readFileSync, writeFileSync } from 'node:fs';
import { conformance } from '../dist/index.js';
import { firstFailure, mutants } from '../dist/mutants/index.js';

const file = new URL('../test/first-failures.json', import.meta.url);
const cases = conformance();
const nameOf = ({ group, name }) => `${group}: ${name}`;
let before = {};
try {
  before = JSON.parse(readFileSync(file, 'utf8'));
} catch {
  // The first time there is none.
}
const failures = {};
for (const mutant of mutants) {
  const precision = mutant.precisions.includes('float32') ? 'float32' : 'float64';
  const known = cases.filter((item) => nameOf(item) === before[mutant.name]);
  const failure =
    (await firstFailure(mutant, known, precision)) ?? (await firstFailure(mutant, cases, precision));
  if (!failure) throw new Error(`${mutant.name} survives`);
  failures[mutant.name] = nameOf(failure);
}
writeFileSync(file, `${JSON.stringify(failures, undefined, 2)}\n`);
console.log(`${mutants.length} mutants`);
