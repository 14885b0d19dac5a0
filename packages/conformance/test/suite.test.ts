/* How the suite runs. The mutant test proves that it finds faults. */
import { reference } from '@recurra/backend-reference';
import { conformance, runConformance } from '@recurra/conformance';
import { expect, test } from 'vitest';

test('a run ends when it is aborted, and reports each result', async () => {
  const controller = new AbortController();
  const names: string[] = [];
  const run = runConformance({
    name: 'reference',
    create: reference,
    signal: controller.signal,
    onResult: ({ name }, done) => {
      names.push(name);
      if (done === 3) controller.abort(new Error('enough'));
    },
  });
  await expect(run).rejects.toThrow('enough');
  expect(names).toEqual(
    conformance()
      .slice(0, 3)
      .map(({ name }) => name),
  );
});
