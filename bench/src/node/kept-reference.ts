/* Outputs of the reference backend, kept in files: they depend on the scenario only, and take seconds to compute. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { computeReference, type Reference } from '../expected.js';

/** Reads what is in the folder, and computes and adds what is not. The folder is for one version of the bench. */
export function keptReference(folder: string): Reference {
  mkdirSync(folder, { recursive: true });
  return async (scenario, equations) => {
    const file = join(folder, `${scenario.name}${equations ? `-${equations}` : ''}.v8`);
    if (existsSync(file)) return deserialize(readFileSync(file));
    const outputs = await computeReference(scenario, equations);
    // Renamed when it is whole, because another process may read it.
    writeFileSync(`${file}.${process.pid}`, serialize(outputs));
    renameSync(`${file}.${process.pid}`, file);
    return outputs;
  };
}
