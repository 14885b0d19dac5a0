/* Runs the suite in a page: it returns a report, and never hangs. */
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { ChromiumMissingError, hasChromium, PageError, runInChromium } from '../src/chromium.js';

const fixtures = fileURLToPath(new URL('fixtures/page-backends.ts', import.meta.url));
const missing = !process.env.CI && !hasChromium();

test.skipIf(missing)('cases run in a page, and it returns their report', async () => {
  const report = await runInChromium({
    name: 'mine',
    module: fixtures,
    exportName: 'right',
    only: 'softmax',
  });
  const { backend, runtime, failed, results } = report;
  expect({ backend, runtime, failed }).toEqual({
    backend: 'mine',
    runtime: expect.stringMatching(/^Chromium \d+\./),
    failed: 0,
  });
  expect(results.map(({ group }) => group)).toContain('operations/softmax');
});

test.skipIf(missing)('a run in a page ends when it is aborted, and reports each result', async () => {
  const controller = new AbortController();
  const seen: string[] = [];
  const run = runInChromium({
    name: 'reference',
    module: fixtures,
    exportName: 'right',
    signal: controller.signal,
    onResult: ({ group, status }, done) => {
      seen.push(`${group} ${status}`);
      if (done === 3) controller.abort(new Error('enough'));
    },
  });
  await expect(run).rejects.toThrow('enough');
  expect(seen.slice(0, 3)).toEqual(Array(3).fill('operations/matmul passed'));
});

test.skipIf(missing).each([
  ['cannotStart', 120, 'no device here'],
  ['failsLater', 120, 'an uncaught error: too late'],
  ['standsStill', 5, 'no case ended in the 5 s after the start'],
  ['absent', 120, 'the module exports no function absent, but cannotStart, failsLater'],
])('a page that fails gives an error: %s', async (exportName, patience, message) => {
  const run = runInChromium({ name: exportName, module: fixtures, exportName, patience });
  await expect(run).rejects.toThrow(message);
  await expect(run).rejects.toBeInstanceOf(PageError);
});

test.skipIf(missing)('a page with a software GPU gives an error if hardware was requested', async () => {
  const page = { module: fixtures, exportName: 'inSoftware', name: 'in software', only: 'softmax' };
  const hardware = runInChromium({ ...page, gpu: 'hardware' });
  await expect(hardware).rejects.toThrow('a hardware GPU was requested, but');
  await expect(hardware).rejects.toBeInstanceOf(PageError);
  expect((await runInChromium({ ...page, gpu: 'software' })).software).toBe(true);
});

test('without Chromium, the error explains how to install it', async () => {
  vi.stubEnv('CHROMIUM_PATH', '/nowhere/chromium');
  const run = runInChromium({ name: 'reference', module: fixtures, exportName: 'right' });
  await expect(run).rejects.toThrow('apt-get install chromium');
  await expect(run).rejects.toBeInstanceOf(ChromiumMissingError);
  vi.unstubAllEnvs();
});
