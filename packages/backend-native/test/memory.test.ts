import { adam, dense, gru, lstm, sequential } from '@recurra/core';
import { expect, it } from 'vitest';
import { native } from '../src/index.js';
import { device, missing } from './device.js';

const reason = missing ? `: ${missing}` : '';
const samples = Array.from({ length: 10 }, (_, n) => ({ x: [[Math.sin(n)], [Math.cos(n)]], y: n / 10 }));

/** Trains for ten thousand steps, and returns the bytes that the process has beside JavaScript's heap, after every two thousand. */
async function resident(): Promise<number[]> {
  const backend = await native();
  const model = sequential(
    [lstm({ units: 32, returnSequences: true }), gru({ units: 16 }), dense({ units: 1 })],
    {
      inputShape: [2, 1],
    },
  );
  const run = model
    .on(backend)
    .fit(samples, { loss: 'huber', optimizer: adam(), batchSize: 1, epochs: 1000 });
  const bytes: number[] = [];
  let first: object | undefined;
  for await (const { step } of run) {
    if (step === 1) first = backend.memory();
    if (step % 2000 !== 0) continue;
    expect(backend.memory()).toEqual(first);
    const { rss, heapTotal } = process.memoryUsage();
    bytes.push(rss - heapTotal);
  }
  backend.dispose();
  return bytes;
}

it.runIf(device)(`ten thousand steps of training leave the process's memory flat${reason}`, async () => {
  const bytes = await resident();
  // Packed weights of the LSTM that each step leaves behind would be 131 MB.
  expect(bytes[4] - bytes[0], bytes.join(' ')).toBeLessThan(16e6);
});

it.runIf(device)(`dispose frees everything${reason}`, async () => {
  const size = 2 ** 22;
  let first = 0;
  for (let round = 0; round < 20; round++) {
    const backend = await native();
    for (let i = 0; i < 4; i++) backend.upload(new Float32Array(size).fill(1), [size]);
    backend.dispose();
    if (round === 3) first = process.memoryUsage.rss();
  }
  // Sixteen backends with 64 MB each.
  expect(process.memoryUsage.rss() - first).toBeLessThan(256e6);
});
