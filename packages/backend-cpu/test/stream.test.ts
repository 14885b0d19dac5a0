/* A stream frees what a step computed as soon as its outputs are being read. */
import { checkpoint, dense, gru, lstm, OptionError, sequential, withTape } from '@recurra/core';
import { recurrentSequence } from '@recurra/core/backend';
import { expect, it } from 'vitest';
import { cpu } from '../src/index.js';
import { numbers, tensor } from './support.js';

const frames = Array.from({ length: 6 }, (_, t) => Float32Array.from(numbers(3, t + 1)));

it.each([
  ['one layer', [lstm({ units: 5 })]],
  ['two layers', [gru({ units: 4, returnSequences: true }), lstm({ units: 5, returnSequences: true })]],
  ['a dense layer', [lstm({ units: 5, returnSequences: true }), dense({ units: 2, activation: 'softmax' })]],
])('a stream of %s: pushes that do not wait for each other', async (_, layers) => {
  const backend = await cpu();
  const network = sequential(layers as never, { inputShape: [null, 3] }).on(backend, { seed: 1 });
  const stream = network.stream();
  const alone: Float32Array[] = [];
  for (const frame of frames) alone.push((await stream.push(frame)) as Float32Array);
  stream.reset();
  const held = backend.memory();
  const together = await Promise.all(frames.map((frame) => stream.push(frame)));
  expect(together).toEqual(alone);
  stream.reset();
  expect(backend.memory()).toEqual(held);
  stream.close();
  network.dispose();
  expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  backend.dispose();
});

it('a checkpoint refuses a fused layer whose weights are watched, but are no inputs of it', async () => {
  const backend = await cpu();
  const cell = { cell: 'lstm', activation: 'tanh', recurrentActivation: 'sigmoid' } as const;
  withTape(backend, (tape) => {
    const make = (shape: number[], seed: number) => tape.own(tensor(backend, shape, seed));
    const x = tape.watch(make([2, 1, 3], 1));
    const weights = { kernel: tape.watch(make([3, 8], 2)), recurrentKernel: make([2, 8], 3) };
    expect(() =>
      checkpoint(tape, [x], (inner) => {
        const run = { reverse: false, sequence: true };
        const { y } = recurrentSequence(inner, { ...cell, resetAfter: false, clip: 0 }, { x, weights }, run);
        return y ? [y] : [];
      }),
    ).toThrow(OptionError);
  });
  expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  backend.dispose();
});
