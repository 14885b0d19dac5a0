/* Short repetitions on a coarse clock, such as that of a page without cross-origin isolation. */
import { afterEach, expect, it, vi } from 'vitest';
import { createHandler } from '../src/handler.js';
import type { Scenario } from '../src/scenarios.js';
import { median } from '../src/statistics.js';
import type { Host, System } from '../src/system.js';
import type { Round } from '../src/worker.js';

afterEach(() => vi.restoreAllMocks());

const host: Host = {
  load: async () => {
    throw new Error('there is no library here');
  },
  provideWebgpu: async () => {},
};
const scenario: Scenario = {
  name: 'tiny',
  cell: 'rnn',
  mode: 'forward',
  shape: { T: 1, B: 1, I: 1, H: 1 },
};

it('short repetitions are timed in groups, so that a coarse clock measures them to two percent', async () => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    // Reading the clock takes time; otherwise a loop that only reads it would never end.
    now += 1e-4;
    return Math.floor(now);
  });
  const system: System = {
    open: async () => ({
      version: '1',
      executor: 'a fake',
      prepare: async () => ({
        outputs: async () => ({ y: [0] }),
        step: () => {
          now += 0.03;
        },
      }),
    }),
  };
  const handler = createHandler(async () => system, 1, host);
  await handler({ kind: 'open' });
  await handler({ kind: 'prepare', scenario });
  const round = async () => (await handler({ kind: 'round', milliseconds: 50 })).result as Round;
  await round();
  const { times, repetitions } = await round();
  expect(Math.abs(median(times) / 0.03 - 1)).toBeLessThan(0.02);
  expect(repetitions).toBeGreaterThan(3000);
});
