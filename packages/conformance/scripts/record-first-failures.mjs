// Records the first case that each mutant fails in test/first-failures.json. The mutant test tries that case
// first. Run this script after cases or mutants have changed; if it is not run, the test is still right but
// slower.
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
  // The file does not exist before the first run.
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
