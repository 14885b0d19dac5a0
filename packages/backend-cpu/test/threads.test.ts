import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  adam,
  type Backend,
  bidirectional,
  dense,
  gru,
  type Layer,
  lstm,
  rnn,
  sequential,
} from '@recurra/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cpu } from '../src/index.js';
import { numbers } from './support.js';

let one: Backend;
let several: Backend;

beforeAll(async () => {
  one = await cpu();
  several = await cpu({ threads: 3, share: 'always' });
});

afterAll(() => {
  one.dispose();
  several.dispose();
});

/** Widths that do not divide into panels, and each thread has some. */
const LAYERS: Record<string, Layer> = {
  lstm: bidirectional(lstm({ units: 77, returnSequences: true })),
  gru: gru({ units: 101, returnSequences: true }),
  'gru, reset before': gru({ units: 90, resetAfter: false, returnSequences: true }),
  rnn: rnn({ units: 130, returnSequences: true }),
};

/** The loss of each step of training, and what the network then predicts. */
async function train(backend: Backend, layer: Layer): Promise<unknown> {
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
  const options = { loss: 'meanSquaredError', optimizer: adam(), epochs: 3 } as const;
  const losses: number[] = [];
  for await (const { loss } of network.fit(samples, options)) losses.push(loss);
  const prediction = await network.predict(samples.map(({ x }) => x));
  network.dispose();
  return { losses, prediction };
}

it('says how many threads there are', () => {
  expect(one.device).toMatch(/, 1 thread$/);
  expect(several.device).toMatch(/, 3 threads$/);
});

it.each(Object.entries(LAYERS))('gives the same numbers on any number of threads: %s', async (_, layer) => {
  expect(await train(several, layer)).toEqual(await train(one, layer));
});

it('gives the same numbers where the threads come when they can and take what is left', async () => {
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

it('parks again after it woke for nothing, also in code that is not optimized', async () => {
  // The built package in a process of its own: V8's compilers are chosen for a whole process.
  const script = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { lstm, sequential } from '@recurra/core';
    import { cpu } from './dist/index.js';
    let memory;
    const { Memory } = WebAssembly;
    WebAssembly.Memory = function (descriptor) { return (memory = new Memory(descriptor)); };
    const model = sequential([lstm({ units: 8 })], { inputShape: [null, 2] });
    for (let team = 0; team < 10; team++) {
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
    { cwd: fileURLToPath(new URL('..', import.meta.url)), timeout: 20_000 },
  );
  expect(stdout).toBe('done\n');
}, 30_000);

it('does not tire: threads that were parked wake again', async () => {
  const network = sequential([lstm({ units: 160 })], { inputShape: [null, 64] }).on(several, { seed: 1 });
  const x = { data: numbers(64 * 64, 1), shape: [1, 64, 64] };
  const first = await network.predict(x);
  for (let i = 0; i < 30; i++) {
    await new Promise((resolve) => setTimeout(resolve, i % 3));
    expect(await network.predict(x)).toEqual(first);
  }
  network.dispose();
});

it('does not wait for a thread that has ended', async () => {
  const workers: { terminate(): Promise<number> }[] = [];
  const { getBuiltinModule } = process;
  const get = (name: string) => {
    const found = getBuiltinModule(name as 'node:worker_threads');
    if (name !== 'node:worker_threads') return found;
    class Watched extends found.Worker {
      constructor(...args: ConstructorParameters<typeof found.Worker>) {
        super(...args);
        workers.push(this);
      }
    }
    return { ...found, Worker: Watched };
  };
  Object.assign(process, { getBuiltinModule: get });
  const backend = await cpu({ threads: 2, share: 'always' });
  Object.assign(process, { getBuiltinModule });
  const network = sequential([lstm({ units: 16 })], { inputShape: [null, 4] }).on(backend, { seed: 1 });
  const x = { data: numbers(12, 1), shape: [1, 3, 4] };
  await network.predict(x);
  expect(workers).toHaveLength(1);
  await workers[0].terminate();
  await expect(network.predict(x)).rejects.toThrow(/one of the 2 threads is lost: it ended/);
  expect(Object.keys(await network.getWeights())).toContain('0.kernel');
  backend.dispose();
});

it('is one thread where memory cannot be shared', async () => {
  // As in a page that is not cross-origin isolated.
  const getBuiltinModule = process.getBuiltinModule;
  Object.assign(process, { getBuiltinModule: undefined });
  try {
    const backend = await cpu({ threads: 2 });
    expect(backend.device).toMatch(/, 1 thread$/);
    backend.dispose();
  } finally {
    Object.assign(process, { getBuiltinModule });
  }
});
