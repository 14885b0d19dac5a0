/* Tests the scenarios of each place, and systems in a page. */
import { hasChromium } from '@recurra/conformance/chromium';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { wrongGpu } from '../src/gpu.js';
import { measure, workersFor } from '../src/measure.js';
import { inCheckout, resolve } from '../src/node/checkout-hooks.js';
import { openPages, type Pages } from '../src/page/chromium.js';
import { placeNames, scenariosIn } from '../src/scenarios.js';
import { openWorkers } from '../src/worker.js';

const pace = { warmUpMs: 0, sliceMs: 0, rounds: 3, limitMs: 0 };
const missing = !process.env.CI && !hasChromium();

it('every place has scenarios, and the names of scenarios are unique', () => {
  const all = new Set(placeNames.flatMap((place) => scenariosIn(place)));
  expect(new Set([...all].map(({ name }) => name)).size).toBe(all.size);
  for (const place of placeNames) expect(scenariosIn(place)).not.toEqual([]);
});

it('a system on the wrong kind of GPU is named', () => {
  const on = (adapter: string, software: boolean) => ({
    system: 'recurra-webgpu',
    gpu: { adapter, software },
  });
  const [hardware, software] = [on('an H100', false), on('SwiftShader', true)];
  const onCpu = { system: 'recurra-cpu' };
  expect(wrongGpu([hardware, onCpu], 'hardware')).toBeUndefined();
  expect(wrongGpu([software, onCpu], 'software')).toBeUndefined();
  expect(wrongGpu([hardware, software], 'hardware')).toMatch(/recurra-webgpu runs on SwiftShader/);
  expect(wrongGpu([hardware], 'software')).toMatch(/runs on an H100/);
  expect(wrongGpu([onCpu], 'hardware')).toMatch(/none of the systems runs on a GPU/);
});

it('a scenario that needs a real GPU is measured by systems on one only', () => {
  const worker = (system: string, software?: boolean) => ({
    ...{ prepare: vi.fn(), round: vi.fn(), finish: vi.fn(), close: vi.fn() },
    identity: {
      ...{ system, threads: 1, version: '1', runtime: 'Node 20', executor: 'a fake' },
      gpu: software === undefined ? undefined : { adapter: 'an adapter', software },
    },
  });
  const [scenario] = scenariosIn('node-webgpu').filter(({ needs }) => needs === 'hardware');
  const workers = [worker('recurra-webgpu', false), worker('tfjs-webgpu', true), worker('recurra-cpu')];
  expect(workersFor(scenario, workers)).toEqual(workers.slice(0, 1));
  expect(workersFor({ ...scenario, needs: undefined }, workers)).toEqual(workers);
});

it('a module for a checkout gets the packages of that checkout, and so does all that it imports', async () => {
  const next = vi.fn(async (specifier: string, { parentURL }: { parentURL?: string }) => ({
    url: specifier.startsWith('node:') ? specifier : new URL(specifier.replace('@', ''), parentURL).href,
  }));
  const resolved = async (specifier: string, parentURL: string) =>
    (await resolve(specifier, { parentURL } as never, next as never)).url;
  const bench = inCheckout(new URL('file:///here/bench/a.js'), 'file:///there/');
  expect(await resolved('@recurra/core', bench)).toBe(
    inCheckout(new URL('file:///there/bench/recurra/core'), 'file:///there/'),
  );
  expect(await resolved('./b.js', bench)).toBe(
    inCheckout(new URL('file:///here/bench/b.js'), 'file:///there/'),
  );
  expect(await resolved('node:fs', bench)).toBe('node:fs');
  expect(await resolved('@recurra/core', 'file:///here/bench/a.js')).toBe('file:///here/bench/recurra/core');
});

/** Without Chromium (apt-get install chromium, or CHROMIUM_PATH) these are skipped. */
describe.skipIf(missing)('in a page', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await openPages();
  });
  afterAll(() => pages?.close());

  it.each(['forward', 'train'] as const)('a %s is compared and timed', async (mode) => {
    const unavailable = vi.fn();
    const workers = await openWorkers(pages.open, ['recurra-cpu', 'unknown'], [1], {
      opened: () => {},
      unavailable,
    });
    expect(unavailable.mock.calls).toEqual([['unknown', 1, 'there is no such system']]);
    const scenario = {
      name: 'tiny',
      cell: 'gru' as const,
      mode,
      shape: { T: 3, B: 4, I: 2, H: 3 },
      resetAfter: false as const,
    };
    const { rows, refused } = await measure(scenario, workers, { pace });
    expect(refused).toEqual([]);
    expect(rows[0]).toMatchObject({
      system: 'recurra-cpu',
      runtime: expect.stringMatching(/^Chromium \d+\./),
      executor: expect.stringContaining('1 thread, fused'),
      processMs: { page: expect.any(Number), gpu: expect.any(Number) },
    });
    expect(rows[0].medianMs).toBeGreaterThan(0);
  });

  it('an error in the page fails its system, and the page keeps running', async () => {
    const channel = await pages.open('recurra-cpu', 1);
    expect(await channel.send({ kind: 'round', milliseconds: 0 })).toMatchObject({
      error: 'round before prepare',
    });
    expect((await channel.send({ kind: 'finish' })).error).toBeUndefined();
  });
});
