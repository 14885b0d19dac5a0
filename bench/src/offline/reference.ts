/*
 * Computes the outputs of the reference backend that the measurements will need: `node reference.js FOLDER
 * SECONDS PLACES`. It runs while the suite does, and leaves those to the measurements that would begin after SECONDS.
 */
import { distinctOf } from '../expected.js';
import { keptReference } from '../node/kept-reference.js';
import { type PlaceName, scenariosIn } from '../scenarios.js';

const [folder, seconds, places, words = ''] = process.argv.slice(2);
const compute = keptReference(folder);
const scenarios = new Set(places.split(',').flatMap((place) => scenariosIn(place as PlaceName)));
for (const scenario of scenarios) {
  if (performance.now() > Number(seconds) * 1000) break;
  if (words.split(',').some((word) => scenario.name.includes(word))) await compute(distinctOf(scenario));
}
