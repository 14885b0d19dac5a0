// The conformance suite on the native backend in several processes at once.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { check } from './checks.mjs';
import { top } from './setup.mjs';
import { command } from './tarballs.mjs';

/**
 * Runs the suite in as many processes as there are processors; each is a check.
 * @param prefix the command that runs a program of Node: its name and its first arguments
 * @param options those of native-part.mjs, for all parts
 */
export async function inParts(title, [name, ...first], options, env) {
  const parts = availableParallelism();
  await Promise.all(
    Array.from({ length: parts }, (_, part) => {
      const args = [
        join(top, 'scripts/native-part.mjs'),
        '--part',
        `${part}`,
        '--of',
        `${parts}`,
        ...options,
      ];
      return check(`${title}, part ${part + 1} of ${parts}`, async () =>
        (await command(name, [...first, ...args], { env })).trim().split('\n').at(-1),
      );
    }),
  );
}
