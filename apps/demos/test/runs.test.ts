/* Networks trained side by side, as in a page's worker. */
import { reference } from '@recurra/backend-reference';
import { dense, evolve, type Network, rnn, type Sample, sequential, sgd } from '@recurra/core';
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

test('one network is trained by evolution beside one by gradients, a generation for each step', async () => {
  const generations = 8;
  const score = async (network: Network) =>
    -(await network.evaluate(training, { loss: 'meanSquaredError' })).loss;
  const evolution = { score, options: { population: 4, generations } };
  const beside = {
    ...task,
    choices: { learningRate: { label: '', values: [0.1, 0.2] } },
    evolve: ({ learningRate }: { learningRate: number }) => (learningRate === 0.2 ? evolution : undefined),
  };
  const backend = await reference();
  const alone = task.model(task.settings, { training }).on(backend, { seed: 3 });
  const means: number[] = [];
  for await (const { mean } of evolve(alone, score, evolution.options)) means.push(mean);

  const runs = await Runs.open({ ...loaded, task: beside } as unknown as Loaded, backend, options);
  const steps = [];
  for (let taken = await runs.next(); taken.some((step) => step); taken = await runs.next())
    steps.push(taken);
  expect(steps.map(([first]) => first?.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(steps.map(([, second]) => second?.loss)).toEqual(means.map((mean) => -mean));
  expect(steps.map(([, second]) => second?.epoch)).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  const mean = means.slice(4).reduce((a, b) => a + b) / 4;
  expect(steps[7][1]?.summary?.loss).toBeCloseTo(-mean, 12);
  expect(await runs.networks['0.2'].getWeights()).toEqual(await alone.getWeights());
  expect(runs.seconds.every((seconds) => seconds > 0)).toBe(true);
  await runs.close();
  alone.dispose();
  expect(backend.memory().tensors).toBe(0);
  backend.dispose();
});
