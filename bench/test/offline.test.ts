/* The offline bundle: its parts, and a run of it in Chromium. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasChromium } from '@recurra/conformance/chromium';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Clock } from '../src/offline/clock.js';
import { type Part, partsOf } from '../src/offline/parts.js';
import { runPart } from '../src/offline/run-part.js';
import { resultOf, summaryOf } from '../src/offline/summary.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'recurra-offline-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const parts = partsOf({ gpu: 'hardware', scenario: 'lstm', suite: 'matmul' }, '/expected');
const [proof] = parts;
const times = parts.find(({ name }) => name === 'node-webgpu') as Part;

it('has a part for the suite and the times in each place', () => {
  expect(proof.args('a.json')).toEqual('webgpu-node --gpu hardware --json a.json --only matmul'.split(' '));
  expect(times.args('b.json').join(' ')).toMatch(
    /^--place node-webgpu .*--gpu hardware .*b.json --scenario lstm$/,
  );
  expect(parts.filter(({ needsChromium }) => needsChromium)).toHaveLength(4);
  expect(() => partsOf({ gpu: 'hardware', only: ['suite'] }, '')).toThrow("there is no part 'suite'");
  const [nowhere, large] = ['lstm-Q', 'H650'].map((scenario) => ({ scenario, only: ['chromium-webgpu'] }));
  expect(() => partsOf({ gpu: 'hardware', ...nowhere }, '')).toThrow("'lstm-Q' in its name");
  expect(partsOf({ gpu: 'hardware', ...large }, '')).toHaveLength(1);
  expect(() => partsOf({ gpu: 'software', ...large }, '')).toThrow('no scenario that runs here');
});

it('what a stage does not use goes to the later ones, and a part that is late takes from them', () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0);
  const clock = new Clock(parts, 8);
  expect(clock.secondsFor('proof')).toBeCloseTo((470 * 150) / 450);
  now.mockReturnValue(50_000);
  expect(clock.secondsFor('node-webgpu')).toBeCloseTo((420 * 120) / 300);
  now.mockReturnValue(400_000);
  expect(clock.secondsFor('chromium-webgpu')).toBeCloseTo((70 * 120) / 180);
  now.mockReturnValue(470_000);
  expect(clock.secondsFor('chromium-webgl')).toBe(1);
  now.mockRestore();
});

it('a part that is late is ended with its own processes, and what it wrote is kept', async () => {
  const [script, json, log] = ['late.mjs', 'late.json', 'late.log'].map((name) => join(folder, name));
  const results = [{ group: 'operations/add', name: 'adds', status: 'failed', reason: '2, not 3' }];
  writeFileSync(
    script,
    `import { spawn } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    const child = spawn('sleep', ['100']);
    console.log(child.pid);
    writeFileSync(process.argv[2], JSON.stringify(${JSON.stringify({ total: 3, passed: 0, failed: 1, skipped: 0, results })}));
    setInterval(() => {}, 1000);`,
  );
  // The same as its time being over, but once it has written its results.
  const control = new AbortController();
  const running = runPart([script, json], { log, seconds: 60, env: {}, signal: control.signal });
  await expect.poll(() => existsSync(json), { timeout: 60_000 }).toBe(true);
  control.abort();
  const ending = await running;
  expect(ending.status).toBe('out of time');
  const child = Number(readFileSync(log, 'utf8'));
  await expect.poll(() => isRunning(child)).toBe(false);
  const result = resultOf(proof, ending, json, log);
  expect(result).toMatchObject({
    status: 'out of time',
    message: '0 passed, 1 failed, 0 skipped; 2 not run',
    failures: ['operations/add: adds: 2, not 3'],
  });
  expect(summaryOf([result])).toMatch(
    /^suite on WebGPU in Node +out of time +\d s .*\nFAIL {2}suite-webgpu-node: operations/,
  );
});

it('a part that cannot run reports the last line of its output', async () => {
  const script = join(folder, 'none.mjs');
  writeFileSync(script, `console.error('no GPU'); process.exit(2);`);
  const log = join(folder, 'none.log');
  const ending = await runPart([script], { log, seconds: 20, env: {}, signal: new AbortController().signal });
  expect(resultOf(times, ending, join(folder, 'none.json'), log)).toMatchObject({
    status: 'failed',
    failures: ['no GPU'],
  });
});

function isRunning(pid: number): boolean {
  try {
    // A process that has ended may wait for its parent to notice.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe.skipIf(!process.env.CI && !hasChromium())('in Chromium', () => {
  it('run.sh proves and measures without a network, and writes all results into one folder', async () => {
    const bundle = join(folder, 'recurra-bench');
    const pack = new URL('../dist/pack.js', import.meta.url).href;
    const write = `import(${JSON.stringify(pack)}).then(({ writeBundle }) => writeBundle(${JSON.stringify(bundle)}))`;
    execFileSync(process.execPath, ['--eval', write]);
    const out = join(folder, 'out');
    const options =
      '--gpu software --only suite-webgl-chromium,chromium-webgl --scenario lstm-T20-B8-H64-forward'.split(
        ' ',
      );
    const command = [
      join(bundle, 'run.sh'),
      ...options,
      '--suite',
      'operations/matmul: a · b, infinity goes through',
      '--out',
      out,
    ];
    const isolated = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
    // Only root may take the network away.
    const canIsolate = spawnSync(isolated[0], [...isolated.slice(1), 'true']).status === 0;
    const [program, ...args] = [...(canIsolate ? isolated : []), ...command];
    const { stdout } = await promisify(execFile)(program, args, { cwd: folder });
    expect(stdout).toMatch(/suite on WebGL2 \(gpujs\) in Chromium +passed .*[1-9]\d* passed, 0 failed/);
    expect(stdout).toMatch(/times in chromium-webgl +passed .*1 scenario,/);
    const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
    expect(read('summary.json')).toMatchObject({ gpu: 'software', failed: false });
    expect(read('chromium-webgl.json').rows[0]).toMatchObject({
      system: 'recurra-gpujs',
      gpu: { software: true },
    });
    expect(read('suite-webgl-chromium.json')).toMatchObject({ complete: true, failed: 0 });
  }, 240_000);
});
