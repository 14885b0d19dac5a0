/* Every program of docs/long-sequences.md runs. */
import { readFile } from 'node:fs/promises';
import { reference } from '@recurra/backend-reference';
import * as core from '@recurra/core';
import { expect, it, vi } from 'vitest';

const guide = await readFile(new URL('../../../docs/long-sequences.md', import.meta.url), 'utf8');
const programs = [...guide.matchAll(/```js\n(.*?)```/gs)].map(([, program]) => program);

const backend = await reference();
const { dense, gru, sequential } = core;
const recordings = Array.from({ length: 4 }, (_, n) => ({
  x: Array.from({ length: 9 + n }, (_, t) => [Math.sin(t + n), 1]),
  y: Array.from({ length: 9 + n }, (_, t) => t % 3),
}));

it.each(programs)('a program of the guide: %#', async (program) => {
  const layers = [gru({ units: 3, returnSequences: true }), dense({ units: 3, activation: 'softmax' })];
  const network = sequential(layers, { inputShape: [null, 2] }).on(backend);
  const names = { ...core, backend, recordings, network };
  const AsyncFunction: FunctionConstructor = Object.getPrototypeOf(async () => {}).constructor;
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    const code = program.replace(/^import .*$/gm, '');
    await new AsyncFunction(...Object.keys(names), `{${code}\n}`)(...Object.values(names));
  } finally {
    log.mockRestore();
    network.dispose();
  }
});

it('the guide has programs', () => {
  expect(programs.length).toBeGreaterThan(2);
});
