/* Short repetitions on a coarse clock, as pages without cross-origin isolation have it. */
import { afterEach, expect, it, vi } from 'vitest';
import { answerer } from '../src/answerer.js';
import type { Host } from '../src/host.js';
import type { Scenario } from '../src/scenarios.js';
import { median } from '../src/statistics.js';
import type { System } from '../src/system.js';

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

it('are timed so many together that the clock tells them to two percent', async () => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    // Reading takes time too, or it would never pass.
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
  const answer = answerer(async () => system, 1, host);
  await answer({ kind: 'open' });
  await answer({ kind: 'prepare', scenario });
  const turn = () => answer({ kind: 'turn', milliseconds: 50 });
  await turn();
  const { times = [], repetitions = 0 } = await turn();
  expect(Math.abs(median(times) / 0.03 - 1)).toBeLessThan(0.02);
  expect(repetitions).toBeGreaterThan(3000);
});
