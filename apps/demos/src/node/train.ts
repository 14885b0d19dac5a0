/* `npx pnpm demos train PAGE`: trains with the page's task file, on one thread of the CPU. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpu } from '@recurra/backend-cpu';
import type { Backend } from '@recurra/core';
import { startSteps } from '../steps.js';
import {
  type Baseline,
  type Data,
  isBetter,
  type Settings,
  type Task,
  type Variant,
  variantsOf,
  withChanges,
} from '../task.js';

type AnyTask = Task;

interface Result {
  /** Wall-clock time. */
  readonly seconds: number;
  /** Time that the process had a processor: less than `seconds` where other programs use it too. */
  readonly processorSeconds: number;
  /** On all held-out data. */
  readonly score: number;
  /** By name, what the task measures besides the score. */
  readonly also?: Readonly<Record<string, number>>;
  /** The first step at which the quick score was better than the task's `learnt`. */
  readonly learntAtStep?: number;
  /** The quick scores of a task with `evolve`. `seconds` is the processor time of the steps, as other programs may run too. */
  readonly curve?: readonly Point[];
}

interface Point {
  readonly step: number;
  readonly seconds: number;
  readonly score: number;
}

interface Trained {
  readonly networks: readonly {
    readonly variant: Variant;
    readonly result: Result;
    readonly weights: Uint8Array;
  }[];
  readonly baselines: readonly Baseline[];
  readonly device: string | undefined;
}

/**
 * Writes the weights that a page ships, trained.safetensors, and the record of their training, trained.json.
 * Networks that the page trains side by side are trained one after another, on the same samples in the same
 * order; the weights of those that are not the reader's choice by default go to trained-NAME.safetensors.
 *
 * @param changed settings that the page offers, for weights other than the default ones: with `classes` 3,
 * trained-3.safetensors
 * @throws Error for a setting or a value that the page does not offer
 */
export async function train(
  page: string,
  task: AnyTask,
  folder: URL,
  seed: number,
  changed: Readonly<Record<string, string>>,
): Promise<void> {
  const settings = recordedSettings(page, task, changed);
  const { networks, baselines, device } = await trainAll(task, settings, seed);
  const stem = ['trained', ...Object.values(changed)].join('-');
  for (const { variant, weights } of networks) {
    const name = variant.followed ? stem : `${stem}-${variant.name.toLowerCase().replaceAll(' ', '-')}`;
    await writeFile(new URL(`${name}.safetensors`, folder), weights);
  }
  const others = networks.filter(({ variant }) => !variant.followed);
  const set = Object.entries(changed).map(([name, value]) => ` --set ${name}=${value}`);
  const record = {
    command: `npx pnpm demos train ${page} --seed ${seed}${set.join('')}`,
    seed,
    settings,
    ...followed(networks),
    baselines,
    ...(others.length > 0 && {
      others: Object.fromEntries(others.map(({ variant, result }) => [variant.name, result])),
    }),
    device,
    node: process.version,
  };
  await writeFile(new URL(`${stem}.json`, folder), `${JSON.stringify(record, undefined, 2)}\n`);
  console.log(record);
}

/** Cross-validation: trains once for every value of the task's setting `fold`, and writes the scores, folds.json. */
export async function trainFolds(
  page: string,
  task: AnyTask,
  folder: URL,
  seed: number,
  changed: Readonly<Record<string, string>>,
): Promise<void> {
  const { fold } = task.choices;
  if (!fold) throw new Error(`${page} has no setting 'fold' to choose from`);
  const folds: { fold: unknown; score: number; baseline: number }[] = [];
  for (const value of fold.values) {
    const settings = { ...recordedSettings(page, task, changed), fold: value } as Settings;
    const { networks, baselines } = await trainAll(task, settings, seed);
    folds.push({ fold: value, score: followed(networks).score, baseline: baselines[0].score });
    console.log(folds.at(-1));
  }
  const mean = (of: 'score' | 'baseline') => folds.reduce((sum, fold) => sum + fold[of], 0) / folds.length;
  const command = `npx pnpm demos train ${page} --folds --seed ${seed}`;
  const record = { command, folds, score: mean('score'), baseline: mean('baseline') };
  await writeFile(new URL('folds.json', folder), `${JSON.stringify(record, undefined, 2)}\n`);
  console.log(record);
}

function recordedSettings(page: string, task: AnyTask, changed: Readonly<Record<string, string>>): Settings {
  const usual = { ...task.settings, ...task.recorded } as Settings;
  const settings = withChanges({ ...task, settings: usual }, changed);
  for (const [name, value] of Object.entries(changed)) {
    if (String(settings[name]) !== value) throw new Error(`${page} does not offer ${name}=${value}`);
  }
  return settings;
}

async function trainAll(task: AnyTask, settings: Settings, seed: number): Promise<Trained> {
  const data = await task.prepare(await Promise.all(task.files.map((file) => readFile(file))), settings);
  const backend = await cpu();
  const networks: Trained['networks'][number][] = [];
  for (const variant of variantsOf(task, settings)) {
    if (variant.name) console.log(variant.name);
    networks.push({ variant, ...(await trainOne(task, variant, data, backend, seed)) });
  }
  backend.dispose();
  return { networks, baselines: task.baselines(data, false), device: backend.device };
}

async function trainOne(
  task: AnyTask,
  { settings }: Variant,
  data: Data,
  backend: Backend,
  seed: number,
): Promise<{ result: Result; weights: Uint8Array }> {
  const { every, learnt } = task.score;
  const network = task.model(settings, data).on(backend, { seed });
  const start = performance.now();
  const startUsage = process.cpuUsage();
  let learntAtStep: number | undefined;
  const curve: Point[] = [];
  let spent = 0;
  let began = startUsage;
  for await (const { step, epoch, epochs, summary } of startSteps(task, settings, data, network, seed)) {
    spent += processorSince(began);
    began = process.cpuUsage();
    const measured = every !== undefined && step % every === 0;
    if (!summary && !measured) continue;
    const score = await task.score.measure(network, data, true);
    if (measured && learnt !== undefined && isBetter(task.score, score, learnt)) learntAtStep ??= step;
    if (measured) curve.push({ step, seconds: Number(spent.toPrecision(4)), score });
    if (summary)
      console.log(`epoch ${epoch} of ${epochs}: loss ${summary.loss.toFixed(4)}, score ${score.toFixed(3)}`);
    began = process.cpuUsage();
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const processorSeconds = Math.round(processorSince(startUsage));
  const score = await task.score.measure(network, data, false);
  const also = await task.score.also?.(network, data);
  const weights = await network.save();
  network.dispose();
  return {
    weights,
    result: {
      seconds,
      processorSeconds,
      score,
      ...(also && { also }),
      ...(learntAtStep && { learntAtStep }),
      ...(task.evolve && { curve }),
    },
  };
}

/** Seconds that the process had a processor since `usage`. */
function processorSince(usage: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(usage);
  return (user + system) / 1e6;
}

function followed(networks: Trained['networks']): Result {
  const index = networks.findIndex(({ variant }) => variant.followed);
  return networks[index].result;
}
