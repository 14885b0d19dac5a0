/* Training needs constant GPU memory and one submission for each step; kernels can be compiled ahead. */
import { adam, type Backend, dense, gru, lstm, rnn, type Sample, sequential } from '@recurra/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { missing, open, titled } from './support.js';

const model = sequential(
  [lstm({ units: 4, returnSequences: true }), gru({ units: 3 }), dense({ units: 2, activation: 'softmax' })],
  { inputShape: [null, 2] },
);

/** Two sequences of each of these lengths, so that a batch of two has sequences of equal length. */
const samples = (...lengths: number[]): Sample[] =>
  lengths.flatMap((length) =>
    [0, 1].map((y) => ({ x: Array.from({ length }, (_, t) => [Math.sin(t + y), Math.cos(t * (y + 1))]), y })),
  );

const fit = (backend: Backend, data: Sample[], epochs: number) => {
  const network = model.on(backend, { seed: 1 });
  return {
    network,
    run: network.fit(data, { loss: 'crossEntropy', optimizer: adam(), batchSize: 2, shuffle: false, epochs }),
  };
};

describe.skipIf(missing)(titled('training on WebGPU'), () => {
  // In software, a step of even the smallest model takes about ten milliseconds.
  test('after 2,000 steps there are as many tensors and GPU buffers as after the first hundred', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const network = sequential([rnn({ units: 2 })], { inputShape: [null, 2] }).on(backend, { seed: 1 });
    const data = samples(3).map(({ x }) => ({ x, y: [0.5, -0.5] }));
    const run = network.fit(data, { loss: 'meanSquaredError', optimizer: 'adam', epochs: 2000 });
    let steps = 0;
    let warm: { tensors: number; bytes: number; held: number } | undefined;
    for await (const _ of run) {
      steps++;
      const now = { ...backend.memory(), held: backend.held() };
      if (steps === 100) warm = now;
      if (steps > 100) expect(now).toEqual(warm);
    }
    expect(steps).toBe(2000);
  }, 300_000);

  test('a step is one submission and one read, also with clipping', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    for (const clip of [undefined, { globalNorm: 0.1 }]) {
      const network = model.on(backend, { seed: 1 });
      const submit = vi.spyOn(Object.getPrototypeOf(backend.gpu.queue), 'submit');
      const read = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
      onTestFinished(() => void vi.restoreAllMocks());
      const options = { loss: 'crossEntropy', optimizer: adam(), batchSize: 2, epochs: 3, clip } as const;
      let steps = 0;
      for await (const _ of network.fit(samples(3, 5), options)) {
        steps++;
        expect(submit).toHaveBeenCalledTimes(steps);
        expect(read).toHaveBeenCalledTimes(steps);
      }
      expect(steps).toBe(6);
      vi.restoreAllMocks();
      network.dispose();
    }
  });

  test('warmed-up kernels work for every length, and a warm-up computes nothing', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const compile = vi.spyOn(Object.getPrototypeOf(backend.gpu), 'createComputePipeline');
    onTestFinished(() => compile.mockRestore());
    await backend.warmUp(async () => {
      const { network, run } = fit(backend, samples(5), 1);
      for await (const { loss } of run) expect(loss).toBe(0);
      network.dispose();
    });
    expect(backend.memory().tensors).toBe(0);
    expect(compile).not.toHaveBeenCalled();
    const { run } = fit(backend, samples(5, 3, 9, 17), 1);
    for await (const { loss } of run) expect(loss).toBeGreaterThan(0);
    expect(compile).not.toHaveBeenCalled();
  });
});
