/* Networks trained side by side, as in a page's worker. */
import { reference } from '@recurra/backend-reference';
import { dense, rnn, type Sample, sequential, sgd } from '@recurra/core';
import { expect, test } from 'vitest';
import { defineTask } from '../src/task.js';
import { Runs } from '../src/worker/runs.js';
import type { Loaded } from '../src/worker/tasks.js';

const training: Sample[] = [0.1, 0.4, 0.7, 0.9].map((number) => ({ x: [[number], [1]], y: [number] }));

const task = defineTask({
  files: [],
  settings: { learningRate: 0.1 },
  choices: { learningRate: { label: 'Learning rate', values: [0.1, 0.2, 1e300] } },
  sideBySide: 'learningRate',
  recorded: {},
  comparedSteps: 1,
  prepare: async () => ({ training }),
  model: () => sequential([rnn({ units: 2 }), dense({ units: 1 })], { inputShape: [null, 1] }),
  fit: ({ learningRate }) => ({
    loss: 'meanSquaredError',
    optimizer: sgd({ learningRate }),
    batchSize: 1,
    epochs: 2,
  }),
  score: { label: '', unit: '', better: 'lower', decimals: 1, measure: async () => 0 },
  baselines: () => [],
});
const loaded = { task, settings: task.settings, data: { training } } as unknown as Loaded;
const options = { page: '', run: 1, backend: 'reference', seed: 3, changed: {}, paused: false } as const;

test('each trains as if alone, and if one diverges, the others continue', async () => {
  const backend = await reference();
  const alone = task.model(task.settings, { training }).on(backend, { seed: 3 });
  const losses: number[] = [];
  for await (const { loss } of alone.fit(training, { ...task.fit(task.settings, { training }), seed: 3 }))
    losses.push(loss);

  const runs = await Runs.open(loaded, backend, options);
  expect(runs.followed).toBe(0);
  const steps = [];
  for (let taken = await runs.next(); taken.some((step) => step); taken = await runs.next())
    steps.push(taken);
  expect(steps.map(([first]) => first?.loss)).toEqual(losses);
  expect(steps.map(([, second]) => second?.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(steps[0][2]?.loss).toBe(losses[0]);
  expect(steps[7][2]).toBeUndefined();
  const { parameters } = runs.networks['0.1'];
  expect(runs.network.parameters).toBe(parameters);
  await runs.close();
  alone.dispose();
  expect(backend.memory().tensors).toBe(0);
  backend.dispose();
});

test('a network starts from its given weights, and the others start from the seed', async () => {
  const backend = await reference();
  const other = task.model(task.settings, { training }).on(backend, { seed: 9 });
  const weights = [undefined, await other.save(), undefined];
  const runs = await Runs.open(loaded, backend, { ...options, weights });
  const [first, second, third] = await runs.each((network) => network.getWeights());
  expect(second).toEqual(await other.getWeights());
  expect(first).toEqual(third);
  expect(first).not.toEqual(second);
  await runs.close();
  other.dispose();
  backend.dispose();
});
