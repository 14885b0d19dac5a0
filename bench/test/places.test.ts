/* Places: what is measured in each, and the way into a page and back. */
import { hasChromium } from '@recurra/conformance/chromium';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrongGpu } from '../src/gpu.js';
import { openLane } from '../src/lane.js';
import { measure } from '../src/measure.js';
import { openPages, type Pages } from '../src/page/chromium.js';
import { placeNames } from '../src/places.js';
import { scenariosIn } from '../src/scenarios.js';

const pace = { warmUpMs: 0, turnMs: 0, rounds: 3, roundsMs: 0 };
const missing = !process.env.CI && !hasChromium();

it('every place has scenarios, and no two of them one name', () => {
  const all = new Set(placeNames.flatMap(scenariosIn));
  expect(new Set([...all].map(({ name }) => name)).size).toBe(all.size);
  for (const place of placeNames) expect(scenariosIn(place)).not.toEqual([]);
});

it('a system on another kind of GPU than was asked for is told', () => {
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
  expect(wrongGpu([onCpu], 'hardware')).toMatch(/nothing here runs on a GPU/);
});

/** Without Chromium (apt-get install chromium, or CHROMIUM_PATH) these are skipped. */
describe.skipIf(missing)('in a page', () => {
  let pages: Pages;
  beforeAll(async () => {
    pages = await openPages();
  });
  afterAll(() => pages?.close());

  it.each(['forward', 'train'] as const)('a %s is compared and timed', async (mode) => {
    const lane = await openLane(await pages.line('recurra-cpu', 1), 'recurra-cpu', 1);
    const scenario = {
      name: 'tiny',
      cell: 'gru' as const,
      mode,
      shape: { T: 3, B: 4, I: 2, H: 3 },
      resetAfter: false as const,
    };
    const { rows, refused } = await measure(scenario, [lane], { pace });
    expect(refused).toEqual([]);
    expect(rows[0]).toMatchObject({
      system: 'recurra-cpu',
      runtime: expect.stringMatching(/^Chromium \d+\./),
      executor: expect.stringContaining('1 thread, fused'),
      processMs: { page: expect.any(Number), gpu: expect.any(Number) },
    });
    expect(rows[0].medianMs).toBeGreaterThan(0);
  });

  it('a failure in the page is one of its system, and the page goes on', async () => {
    const line = await pages.line('recurra-cpu', 1);
    const { error } = await line.ask({ kind: 'turn', milliseconds: 0 });
    expect(error).toContain('before prepare');
    expect((await line.ask({ kind: 'finish' })).error).toBeUndefined();
  });
});
