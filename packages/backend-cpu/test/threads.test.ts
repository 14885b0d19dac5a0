import { execFile } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  adam,
  type Backend,
  bidirectional,
  DeviceError,
  dense,
  gru,
  type Layer,
  lstm,
  type Network,
  rnn,
  sequential,
} from '@recurra/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CpuOptions, cpu } from '../src/index.js';
import { bandsOf, isWorthSharing, partOfOthers } from '../src/sharing.js';
import { numbers } from './support.js';

let one: Backend;
let several: Backend;

beforeAll(async () => {
  one = await cpu({ threads: 1 });
  several = await cpu({ threads: 3, share: 'always' });
});

afterAll(() => {
  one.dispose();
  several.dispose();
});

/** Layers with widths that are not multiples of a panel, large enough for every thread to get some units. */
const LAYERS: Record<string, Layer> = {
  lstm: bidirectional(lstm({ units: 77, returnSequences: true })),
  gru: gru({ units: 101, returnSequences: true }),
  'gru, reset before': gru({ units: 90, resetAfter: false, returnSequences: true }),
  rnn: rnn({ units: 130, returnSequences: true }),
};

/** The loss of each step of training, and the predictions afterwards. */
async function train(backend: Backend, layer: Layer, batchSize?: number): Promise<unknown> {
  const network = sequential([layer, dense({ units: 3 })], { inputShape: [null, 9] }).on(backend, {
    seed: 1,
  });
  const samples = Array.from({ length: 16 }, (_, i) => {
    const time = 24 - (i % 5);
    return {
      x: { data: numbers(time * 9, i), shape: [time, 9] },
      y: { data: numbers(time * 3, i + 50), shape: [time, 3] },
    };
  });
  const options = { loss: 'meanSquaredError', optimizer: adam(), epochs: 3, batchSize } as const;
  const losses: number[] = [];
  for await (const { loss } of network.fit(samples, options)) losses.push(loss);
  const prediction = await network.predict(samples.map(({ x }) => x));
  network.dispose();
  return { losses, prediction };
}

it('names the number of threads', () => {
  expect(one.device).toMatch(/, 1 thread$/);
  expect(several.device).toMatch(/, 3 threads$/);
});

it.each(Object.entries(LAYERS))('gives the same numbers on any number of threads: %s', async (_, layer) => {
  // Bands of 4, 6 and 6 rows; then batches with too few rows for bands, whose steps are shared by units.
  for (const rows of [16, 8])
    expect(await train(several, layer, rows)).toEqual(await train(one, layer, rows));
});

it('gives the same numbers when threads join late and steal work', async () => {
  const auto = await cpu({ threads: 3 });
  for (const layer of [lstm({ units: 200 }), gru({ units: 200 })]) {
    const model = sequential([layer], { inputShape: [null, 40] });
    const [shared, alone] = [auto, one].map((backend) => model.on(backend, { seed: 1 }));
    const x = { data: numbers(5 * 30 * 40, 1), shape: [5, 30, 40] };
    const expected = await alone.predict(x);
    for (let i = 0; i < 50; i++) expect(await shared.predict(x)).toEqual(expected);
    shared.dispose();
    alone.dispose();
  }
  auto.dispose();
});

it('parks again after a spurious wake-up, also in code that is not optimized', async () => {
  // The built package in a separate process, because V8's compilers are chosen for a whole process.
  const script = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { lstm, sequential } from '@recurra/core';
    import { cpu } from './dist/index.js';
    let memory;
    const { Memory } = WebAssembly;
    WebAssembly.Memory = function (descriptor) { return (memory = new Memory(descriptor)); };
    const model = sequential([lstm({ units: 8 })], { inputShape: [null, 2] });
    for (let pool = 0; pool < 10; pool++) {
      const backend = await cpu({ threads: 3, share: 'always' });
      const words = new Int32Array(memory.buffer, 0, 10_000);
      for (let woken = 0; woken < 2; ) {
        await sleep(20);
        woken += words.reduce((count, _, i) => count + Atomics.notify(words, i), 0);
      }
      await sleep(20);
      await model.on(backend, { seed: 1 }).predict([[[1, 2]]]);
      backend.dispose();
    }
    console.log('done');`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--liftoff-only', '--input-type=module', '--eval', script],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), timeout: 120_000 },
  );
  expect(stdout).toBe('done\n');
}, 150_000);

it('wakes parked threads, again and again', async () => {
  const network = sequential([lstm({ units: 160 })], { inputShape: [null, 64] }).on(several, { seed: 1 });
  const x = { data: numbers(64 * 64, 1), shape: [1, 64, 64] };
  const first = await network.predict(x);
  for (let i = 0; i < 30; i++) {
    await new Promise((resolve) => setTimeout(resolve, i % 3));
    expect(await network.predict(x)).toEqual(first);
  }
  network.dispose();
});

/** Calls `make` while Node's workers run `before` first. Returns the result and the started workers. */
async function withWorkers<T>(before: string, make: () => Promise<T>) {
  const workers: { terminate(): Promise<number> }[] = [];
  const { getBuiltinModule } = process;
  const get = (name: string) => {
    const module = getBuiltinModule(name as 'node:worker_threads');
    if (name !== 'node:worker_threads') return module;
    class Watched extends module.Worker {
      constructor(source: string, options: { eval: true }) {
        super(`${before};${source}`, options);
        workers.push(this);
      }
    }
    return { ...module, Worker: Watched };
  };
  Object.assign(process, { getBuiltinModule: get });
  try {
    return { made: await make(), workers };
  } finally {
    Object.assign(process, { getBuiltinModule });
  }
}

const twoThreads = () => cpu({ threads: 2, share: 'always' });
const smallModel = sequential([lstm({ units: 16 })], { inputShape: [null, 4] });
const smallBatch = { data: numbers(12, 1), shape: [1, 3, 4] };

/** Once a thread is lost, `lost` resolves, computations throw that error, and tensors can still be read and freed. */
async function expectLost(backend: Backend, network: Network, reason: RegExp): Promise<void> {
  const error = await backend.lost;
  expect(error).toBeInstanceOf(DeviceError);
  expect(error?.message).toMatch(reason);
  await expect(network.predict(smallBatch)).rejects.toBe(error);
  expect(() => backend.fill([1], 1)).toThrow(error);
  expect(Object.keys(await network.getWeights())).toContain('0.kernel');
  network.dispose();
  expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  backend.dispose();
}

it('does not wait for a thread that has ended', async () => {
  const { made: backend, workers } = await withWorkers('', twoThreads);
  const network = smallModel.on(backend, { seed: 1 });
  await network.predict(smallBatch);
  expect(workers).toHaveLength(1);
  await workers[0].terminate();
  await expect(network.predict(smallBatch)).rejects.toThrow(DeviceError);
  await expectLost(backend, network, /^cpu: one of the 2 threads is lost: it ended/);
});

it.each([
  { death: 'a trap', code: "throw new Error('trap')", reason: /it failed/, within: 20_000 },
  {
    death: 'a silent exit',
    code: 'process.exit()',
    reason: /has not answered for 10 s/,
    within: 60_000,
  },
])(
  'throws, and does not wait forever, when a thread dies while it computes: $death',
  async ({ code, reason, within }) => {
    // The thread parks, wakes when a scan begins, and dies on its second wake-up.
    const dies = `{
    const { wait } = Atomics;
    let woken = 0;
    Atomics.wait = (words, ...rest) => {
      const result = wait(words, ...rest);
      if (result === 'ok' && ++woken > 1) ${code};
      return result;
    };
  }`;
    const { made: backend } = await withWorkers(dies, twoThreads);
    const network = smallModel.on(backend, { seed: 1 });
    const rest = () => new Promise((resolve) => setTimeout(resolve, 200));
    const start = performance.now();
    let error: unknown;
    // On a busy machine the thread also parks and wakes within a scan, so that it may die in the first one already.
    for (let i = 0; i < 6 && !error; i++) {
      await rest();
      error = await network.predict(smallBatch).then(
        () => undefined,
        (thrown) => thrown,
      );
    }
    expect(performance.now() - start).toBeLessThan(within);
    expect(error).toBeInstanceOf(DeviceError);
    await expectLost(backend, network, reason);
  },
  120_000,
);

it('reports no lost thread when it is disposed of', async () => {
  const { made: backend, workers } = await withWorkers('', twoThreads);
  const ended = new Promise((resolve) => (workers[0] as unknown as EventEmitter).once('exit', resolve));
  let lost = false;
  backend.lost?.then(() => {
    lost = true;
  });
  backend.dispose();
  await ended;
  expect(lost).toBe(false);
});

/** The device of `cpu(options)` where Node's modules are those that `get` returns, or where there is no Node. */
async function deviceWith(
  get: ((name: string) => unknown) | undefined,
  options: CpuOptions,
): Promise<string> {
  const getBuiltinModule = process.getBuiltinModule;
  Object.assign(process, { getBuiltinModule: get });
  try {
    const backend = await cpu(options);
    backend.dispose();
    return backend.device;
  } finally {
    Object.assign(process, { getBuiltinModule });
  }
}

it('uses one thread where memory cannot be shared, or the processor has one core, and says why', async () => {
  for (const options of [{}, { threads: 2 }]) {
    expect(await deviceWith(undefined, options)).toMatch(/, 1 thread \(.*cross-origin isolated\)$/);
  }
  const oneCore = () => ({ availableParallelism: () => 1 });
  expect(await deviceWith(oneCore, {})).toMatch(/, 1 thread \(the processor has one core\)$/);
});

it('by default has as many threads as help, and says why if there is one', async () => {
  const backend = await cpu();
  expect(backend.device).toMatch(/, ([2-4] threads|1 thread \(.+\))$/);
  const network = smallModel.on(backend, { seed: 1 });
  const expected = await smallModel.on(one, { seed: 1 }).predict(smallBatch);
  expect(await network.predict(smallBatch)).toEqual(expected);
  backend.dispose();
});

it('shares a task if it saves more than it takes to wake the threads, and to wait for them', () => {
  const costs = { speed: 30_000, wake: 40, barrier: 0.2 };
  const work = { multiplications: 6_000_000, shared: 3_000_000, barriers: 50 };
  expect(isWorthSharing(work, costs)).toBe(true);
  expect(isWorthSharing({ ...work, shared: 600_000 }, costs)).toBe(false);
  expect(isWorthSharing({ ...work, barriers: 350 }, costs)).toBe(false);
  expect(isWorthSharing(work, { ...costs, wake: 150 })).toBe(false);
  expect(isWorthSharing({ multiplications: 600_000, shared: 300_000, barriers: 1 }, costs)).toBe(false);
  expect(isWorthSharing({ multiplications: 0, shared: 0, barriers: 1 }, costs)).toBe(false);
  // Three items take two threads as long as two of them.
  expect([0, 1, 2, 3, 4].map((items) => partOfOthers(items, 2))).toEqual([0, 0, 1 / 2, 1 - 2 / 3, 1 / 2]);
});

it('divides a batch into one or two bands of rows for each thread, if there are enough rows and U is small', () => {
  expect([1, 7, 8, 32, 64].map((batch) => bandsOf(batch, 4 * 256 ** 2, 2))).toEqual([1, 1, 2, 4, 4]);
  expect([bandsOf(64, 256, 1), bandsOf(11, 256, 3), bandsOf(12, 256, 3), bandsOf(32, 256, 3)]).toEqual([
    1, 1, 3, 3,
  ]);
  expect(bandsOf(64, 4 * 650 ** 2, 2)).toBe(1);
});
