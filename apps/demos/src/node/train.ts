/* `npx pnpm demos train PAGE`: the training whose weights a page ships, by the page's own task file. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpu } from '@recurra/backend-cpu';
import { type Data, type Settings, type Task, withChanges } from '../task.js';

/**
 * Trains on one thread of the CPU, scores on all held-out data, and writes trained.safetensors and trained.json.
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
  const usual = { ...task.settings, ...task.recorded } as Settings;
  const settings = withChanges({ ...task, settings: usual }, changed);
  for (const [name, value] of Object.entries(changed)) {
    if (String(settings[name]) !== value) throw new Error(`${page} does not offer ${name}=${value}`);
  }
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
  const baselines = task.baselines(data, false);
  const set = Object.entries(changed).map(([name, value]) => ` --set ${name}=${value}`);
  const command = `npx pnpm demos train ${page} --seed ${seed}${set.join('')}`;
  const record = {
    command,
    seed,
    settings,
    seconds,
    score,
    baselines,
    device: backend.device,
    node: process.version,
  };
  const name = ['trained', ...Object.values(changed)].join('-');
  await writeFile(new URL(`${name}.safetensors`, folder), await network.save());
  await writeFile(new URL(`${name}.json`, folder), `${JSON.stringify(record, undefined, 2)}\n`);
  console.log(record);
  network.dispose();
  backend.dispose();
}
