/*
 * Computes the outputs of the reference backend that the measurements will need: `node reference.js FOLDER
 * SECONDS SCENARIOS`. It runs while the suite does. After SECONDS it begins no more: the measurements compute those that are missing.
 */
import { distinctOf } from '../expected.js';
import { keptReference } from '../node/kept-reference.js';
import { allScenarios } from '../scenarios.js';

const [folder, seconds, names] = process.argv.slice(2);
const compute = keptReference(folder);
const chosen = names.split(',');
for (const scenario of allScenarios.filter(({ name }) => chosen.includes(name))) {
  if (performance.now() > Number(seconds) * 1000) break;
  await compute(distinctOf(scenario));
}
