/* `npx pnpm demos train PAGE`: trains by the page's own task file, on one thread of the CPU. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpu } from '@recurra/backend-cpu';
import { type Baseline, type Data, type Settings, type Task, withChanges } from '../task.js';

interface Trained {
  readonly seconds: number;
  /** On all held-out data. */
  readonly score: number;
  readonly baselines: readonly Baseline[];
  readonly device: string | undefined;
  readonly weights: Uint8Array;
}

/**
 * Writes the weights that a page ships, trained.safetensors, and how they were made, trained.json.
 *
 * @param changed settings that the page offers, for weights beside its usual ones: with `classes` 3, trained-3.safetensors
 * @throws Error for a setting or a value that the page does not offer
 */
export async function train(
  page: string,
  task: Task<Settings, Data>,
  folder: URL,
  seed: number,
  changed: Readonly<Record<string, string>>,
): Promise<void> {
  const settings = recordedSettings(page, task, changed);
  const { weights, device, ...trained } = await trainOnce(task, settings, seed);
  const set = Object.entries(changed).map(([name, value]) => ` --set ${name}=${value}`);
  const command = `npx pnpm demos train ${page} --seed ${seed}${set.join('')}`;
  const record = { command, seed, settings, ...trained, device, node: process.version };
  const name = ['trained', ...Object.values(changed)].join('-');
  await writeFile(new URL(`${name}.safetensors`, folder), weights);
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(record, undefined, 2)}\n`);
  console.log(record);
}

/** Cross-validation: trains once for every value of the task's setting `fold`, and writes the scores, folds.json. */
export async function trainFolds(
  page: string,
  task: Task<Settings, Data>,
  folder: URL,
  seed: number,
  changed: Readonly<Record<string, string>>,
): Promise<void> {
  const { fold } = task.choices;
  if (!fold) throw new Error(`${page} has no setting 'fold' to choose from`);
  const folds: { fold: unknown; score: number; baseline: number }[] = [];
  for (const value of fold.values) {
    const settings = { ...recordedSettings(page, task, changed), fold: value } as Settings;
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

function recordedSettings(
  page: string,
  task: Task<Settings, Data>,
  changed: Readonly<Record<string, string>>,
): Settings {
  const usual = { ...task.settings, ...task.recorded } as Settings;
  const settings = withChanges({ ...task, settings: usual }, changed);
  for (const [name, value] of Object.entries(changed)) {
    if (String(settings[name]) !== value) throw new Error(`${page} does not offer ${name}=${value}`);
  }
  return settings;
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
