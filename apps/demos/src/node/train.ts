/* `npx pnpm demos train PAGE`: trains by the page's own task file, on one thread of the CPU. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpu } from '@recurra/backend-cpu';
import type { Baseline, Data, Settings, Task } from '../task.js';

interface Trained {
  readonly seconds: number;
  /** On all held-out data. */
  readonly score: number;
  readonly baselines: readonly Baseline[];
  readonly device: string | undefined;
  readonly weights: Uint8Array;
}

/** Writes the weights that a page ships, trained.safetensors, and how they were made, trained.json. */
export async function train(
  page: string,
  task: Task<Settings, Data>,
  folder: URL,
  seed: number,
): Promise<void> {
  const settings = { ...task.settings, ...task.recorded } as Settings;
  const { weights, device, ...trained } = await trainOnce(task, settings, seed);
  const command = `npx pnpm demos train ${page} --seed ${seed}`;
  const record = { command, seed, settings, ...trained, device, node: process.version };
  await writeFile(new URL('trained.safetensors', folder), weights);
  await writeFile(new URL('trained.json', folder), `${JSON.stringify(record, undefined, 2)}\n`);
  console.log(record);
}

/** Cross-validation: trains once for every value of the task's setting `fold`, and writes the scores, folds.json. */
export async function trainFolds(
  page: string,
  task: Task<Settings, Data>,
  folder: URL,
  seed: number,
): Promise<void> {
  const { fold } = task.choices;
  if (!fold) throw new Error(`${page} has no setting 'fold' to choose from`);
  const folds: { fold: unknown; score: number; baseline: number }[] = [];
  for (const value of fold.values) {
    const settings = { ...task.settings, ...task.recorded, fold: value } as Settings;
    const { score, baselines } = await trainOnce(task, settings, seed);
    folds.push({ fold: value, score, baseline: baselines[0].score });
    console.log(folds.at(-1));
  }
  const mean = (of: 'score' | 'baseline') => folds.reduce((sum, fold) => sum + fold[of], 0) / folds.length;
  const command = `npx pnpm demos train ${page} --folds --seed ${seed}`;
  const record = { command, folds, score: mean('score'), baseline: mean('baseline') };
  await writeFile(new URL('folds.json', folder), `${JSON.stringify(record, undefined, 2)}\n`);
  console.log(record);
}

async function trainOnce(task: Task<Settings, Data>, settings: Settings, seed: number): Promise<Trained> {
  const data = await task.prepare(await Promise.all(task.files.map((file) => readFile(file))), settings);
  const backend = await cpu();
  const network = task.model(settings, data).on(backend, { seed });
  const start = performance.now();
  for await (const { summary, epochs } of network.fit(data.training, task.fit(settings, data))) {
    if (!summary) continue;
    const score = (await task.score.measure(network, data, true)).toFixed(3);
    console.log(`epoch ${summary.epoch} of ${epochs}: loss ${summary.loss.toFixed(4)}, score ${score}`);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const score = await task.score.measure(network, data, false);
  const weights = await network.save();
  network.dispose();
  backend.dispose();
  return { seconds, score, baselines: task.baselines(data, false), device: backend.device, weights };
}
