import { type Golden, parseGolden } from './golden-files.js';
import { goldenSources } from './goldens.generated.js';

/** The golden vectors of this package, parsed on first use. */
export function builtInGoldens(): readonly Golden[] {
  parsed ??= Object.entries(goldenSources).map(([file, text]) => parseGolden(file, text));
  return parsed;
}

let parsed: readonly Golden[] | undefined;
