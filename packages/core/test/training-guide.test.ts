/* Every program of docs/training.md and docs/evolution.md runs. */
import { readFile } from 'node:fs/promises';
import { reference } from '@recurra/backend-reference';
import * as core from '@recurra/core';
import { expect, it, vi } from 'vitest';

const guides = await Promise.all(
  ['training.md', 'evolution.md'].map((name) =>
    readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8'),
  ),
);
const programs = guides.flatMap((guide) =>
  [...guide.matchAll(/```js\n(.*?)```/gs)].map(([, program]) => program),
);

const backend = await reference();
const samples = Array.from({ length: 20 }, (_, n) => ({ x: [[Math.sin(n)], [1]], y: n % 3 }));
const { dense, embedding, gru, lstm, sequential } = core;

/** What the programs use without making it. */
async function context() {
  const words = [embedding({ inputDim: 1000, outputDim: 32 }), lstm({ units: 64 })];
  const classifier = dense({ units: 3, activation: 'softmax' });
  return {
    ...core,
    backend,
    samples,
    score: async (network: core.Network) => network.predict([[[1], [2]]]).then(([row]) => row[0] as number),
    recordings: samples.map((sample, n) => ({ ...sample, speaker: n % 4 })),
    network: sequential([gru({ units: 3 }), classifier], { inputShape: [null, 1] }).on(backend),
    bytes: await sequential([...words, classifier], { inputShape: [null] })
      .on(backend)
      .save(),
  };
}

it.each(programs)('a program of the guide: %#', async (program) => {
  const code = program.replace(/^import .*$/gm, '');
  const names = await context();
  const AsyncFunction: FunctionConstructor = Object.getPrototypeOf(async () => {}).constructor;
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    const wait = code.includes('const run') ? 'await run.done;' : '';
    await new AsyncFunction(...Object.keys(names), `{${code}\n${wait}}`)(...Object.values(names));
  } finally {
    log.mockRestore();
  }
});

it('the guides have programs', () => {
  expect(programs.length).toBeGreaterThan(10);
});
