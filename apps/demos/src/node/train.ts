/* `npx pnpm demos train PAGE`: the training whose weights a page ships, by the page's own task file. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpu } from '@recurra/backend-cpu';
import type { Backend } from '@recurra/core';
import { type Data, isBetter, type Settings, type Task, type Variant, variantsOf } from '../task.js';

type AnyTask = Task<Settings, Data>;

/** What a training came to. */
interface Result {
  readonly seconds: number;
  /** On all held-out data. */
  readonly score: number;
  /** The first step at which the quick score was past the task's `learnt`. */
  readonly learntAtStep?: number;
}

/**
 * Trains on one thread of the CPU, scores on all held-out data, and writes trained.safetensors and trained.json. What a page
 * trains side by side is trained one after the other: each network sees the same samples in the same order either way. The
 * weights of those that are not followed go to trained-NAME.safetensors.
 */
export async function train(page: string, task: AnyTask, folder: URL, seed: number): Promise<void> {
  const settings = { ...task.settings, ...task.recorded } as Settings;
  const data = await task.prepare(await Promise.all(task.files.map((file) => readFile(file))), settings);
  const backend = await cpu();
  const others: Record<string, Result> = {};
  let followed: Result | undefined;
  for (const variant of variantsOf(task, settings)) {
    if (variant.name) console.log(variant.name);
    const { bytes, result } = await trainOne(task, variant, data, backend, seed);
    const { name } = variant;
    const suffix = variant.followed ? '' : `-${name.toLowerCase().replaceAll(' ', '-')}`;
    await writeFile(new URL(`trained${suffix}.safetensors`, folder), bytes);
    if (variant.followed) followed = result;
    else others[name] = result;
  }
  const record = {
    command: `npx pnpm demos train ${page} --seed ${seed}`,
    seed,
    settings,
    ...followed,
    baselines: task.baselines(data, false),
    ...(Object.keys(others).length > 0 && { others }),
    device: backend.device,
    node: process.version,
  };
  await writeFile(new URL('trained.json', folder), `${JSON.stringify(record, undefined, 2)}\n`);
  console.log(record);
  backend.dispose();
}

async function trainOne(
  task: AnyTask,
  { settings }: Variant,
  data: Data,
  backend: Backend,
  seed: number,
): Promise<{ bytes: Uint8Array; result: Result }> {
  const { every, learnt } = task.score;
  const network = task.model(settings, data).on(backend, { seed });
  const start = performance.now();
  let learntAtStep: number | undefined;
  for await (const { step, summary, epochs } of network.fit(data.training, task.fit(settings, data))) {
    const measured = every !== undefined && step % every === 0;
    if (!summary && !measured) continue;
    const score = await task.score.measure(network, data, true);
    if (measured && learnt !== undefined && isBetter(task.score, score, learnt)) learntAtStep ??= step;
    if (!summary) continue;
    const { epoch, loss } = summary;
    console.log(`epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)}, score ${score.toFixed(3)}`);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const score = await task.score.measure(network, data, false);
  const bytes = await network.save();
  network.dispose();
  return { bytes, result: { seconds, score, ...(learntAtStep && { learntAtStep }) } };
}
