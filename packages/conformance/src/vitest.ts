import { afterAll, describe, test } from 'vitest';
import { type ConformanceOptions, conformance, withReplay } from './conformance.js';
import { onGpu } from './gpu.js';
import { Session } from './suite.js';

/**
 * Registers the suite as vitest tests: call it at the top level of a test file. The options are those of
 * {@link runConformance}.
 */
export function describeBackend({
  name,
  create,
  gpu,
  ...selection
}: Omit<ConformanceOptions, 'onResult' | 'signal'>): void {
  describe(`conformance of ${name}`, () => {
    const session = new Session(onGpu(create, gpu));
    afterAll(() => session.close());
    const cases = conformance(selection);
    for (const group of new Set(cases.map((item) => item.group))) {
      describe(group, () => {
        for (const item of cases.filter((other) => other.group === group)) {
          test(item.name, async ({ skip }) => {
            const { status, reason, stack } = withReplay(await session.run(item));
            if (status === 'skipped') skip(reason);
            if (status === 'failed') throw Object.assign(new Error(reason), { stack });
          });
        }
      });
    }
  });
}
