/*
 * Tests the files on the disk after a training is killed or interrupted. Runs the built command in a separate
 * process. RECURRA_KILLS sets the number of kills.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, watch } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeSafetensors } from '@recurra/core/files';
import { afterEach, beforeEach, expect, test } from 'vitest';

const command = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const kills = Number(process.env.RECURRA_KILLS ?? 10);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recurra-kill-'));
});
afterEach(() => rm(folder, { recursive: true }));

const model = () => join(folder, 'tides.safetensors');
const checkpoint = () => join(folder, 'tides.checkpoint.safetensors');

/** Arguments for a network that is mostly output layer, so that it is large but quick to train. */
async function writeTides(horizon: number): Promise<string[]> {
  const rows = Array.from({ length: 2 * horizon + 12 }, (_, t) => (20 + 5 * Math.sin(t / 4)).toFixed(3));
  await writeFile(join(folder, 'tides.csv'), `level\n${rows.join('\n')}\n`);
  const data = ['train', '--data', join(folder, 'tides.csv'), '--target', 'level', '--out', folder];
  const form = ['--history', '2', '--season', '2', '--horizon', String(horizon), '--units', '96'];
  return [...data, ...form, '--held-out', String(horizon)];
}

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<unknown[]>;
}

/** Starts the command; resumes from the checkpoint if there is one. */
function start(args: readonly string[]): Run {
  const resume = existsSync(checkpoint()) ? ['--resume', checkpoint()] : [];
  const child = spawn(process.execPath, [command, ...args, ...resume]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  return { child, output: () => output, ended: once(child, 'close') };
}

/** Kills it `delay` milliseconds after its `after`-th write to the folder. */
function killAt({ child, output, ended }: Run, after: number, delay: number): Promise<unknown[]> {
  let seen = 0;
  const watcher = watch(folder, (_, name) => {
    // Before training it writes empty files, to check that it can.
    const size = statSync(join(folder, String(name)), { throwIfNoEntry: false })?.size ?? 0;
    if (!output().includes('backend') || size === 0) return;
    seen++;
    if (seen === after) setTimeout(() => child.kill('SIGKILL'), delay);
  });
  return ended.finally(() => watcher.close());
}

test(`${kills} kills in the middle of writing leave no damaged file, and training can be resumed`, async () => {
  const horizon = kills > 10 ? 40_000 : 8_000;
  const args = [...(await writeTides(horizon)), '--epochs', '4'];
  const counts = { kills: 0, complete: 0, partly: 0, resumed: 0, models: 0 };
  while (counts.kills < kills) {
    const resumes = existsSync(checkpoint());
    const run = start(args);
    const [code, signal] = await killAt(
      run,
      1 + Math.floor(Math.random() * (horizon / 160)),
      Math.random() * 20,
    );
    // It was killed, or it finished with exit code 1, because this network is worse than its baselines.
    expect(signal ?? code, run.output()).toBe(signal ? 'SIGKILL' : 1);
    expect(run.output()).not.toMatch(/Error:/);
    if (resumes && run.output().includes('epoch')) counts.resumed++;
    if (signal) counts.kills++;
    else counts.complete++;
    for (const file of [model(), checkpoint()].filter(existsSync)) {
      // Throws if a byte is missing.
      const { tensors } = decodeSafetensors(await readFile(file));
      expect(Object.keys(tensors).length).toBeGreaterThan(4);
      if (file === model()) counts.models++;
    }
    const left = (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
    expect(left.length).toBeLessThanOrEqual(1);
    counts.partly += left.length;
  }
  console.log(counts);
  // The test proves something only if some runs were killed while a file was partly written.
  expect(counts.partly).toBeGreaterThan(0);
  expect(counts.resumed).toBeGreaterThan(0);
  // A complete run also removes the temporary files of the last kill.
  await start(args).ended;
  decodeSafetensors(await readFile(model()));
  expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}, 3_600_000);

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s leaves a checkpoint to resume from, and exits with %i', async (name, exitCode) => {
  const args = [...(await writeTides(8)), '--epochs', '4000'];
  const run = start(args);
  while (!run.output().includes('epoch    3')) await once(run.child.stdout as NodeJS.ReadableStream, 'data');
  run.child.kill(name);
  expect(await run.ended).toEqual([exitCode, null]);
  expect(run.output()).toContain(`--resume ${checkpoint()}`);
  const resumed = start(args);
  await once(resumed.child.stdout as NodeJS.ReadableStream, 'data');
  while (!resumed.output().includes('epoch '))
    await once(resumed.child.stdout as NodeJS.ReadableStream, 'data');
  resumed.child.kill('SIGKILL');
  await resumed.ended;
  expect(resumed.output()).not.toContain('epoch    1/');
});

test('training continues when the reader of its output is gone', async () => {
  const run = start([...(await writeTides(8)), '--epochs', '300']);
  await once(run.child.stdout as NodeJS.ReadableStream, 'data');
  run.child.stdout?.destroy();
  run.child.stderr?.destroy();
  await run.ended;
  decodeSafetensors(await readFile(model()));
});
