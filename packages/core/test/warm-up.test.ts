/* Kernels are prepared for the requests of a network, which are found without computing anything. */
import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import { type Backend, bidirectional, conv1d, dense, embedding, gru, lstm, sequential } from '@recurra/core';
import type { RecurrentSpec } from '@recurra/core/backend';
import { expect, it } from 'vitest';

const model = sequential(
  [
    embedding({ inputDim: 9, outputDim: 4, maskZero: true }),
    conv1d({ filters: 5, kernelSize: 2 }),
    bidirectional(gru({ units: 3, returnSequences: true })),
    lstm({ units: 4, peepholes: true, returnSequences: true }),
    lstm({ units: 6 }),
    dense({ units: 2, activation: 'softmax' }),
  ],
  { inputShape: [null] },
);

it('prepares each fused kernel for the shapes of the batch', async () => {
  const backend = await cpu();
  const prepared: RecurrentSpec[] = [];
  const recurrent = {
    ...backend.fused.recurrent,
    prepare: async (spec: RecurrentSpec) => void prepared.push(spec),
  } as NonNullable<Backend['fused']['recurrent']>;
  const network = model.on({ ...backend, fused: { ...backend.fused, recurrent } });
  const before = backend.memory();
  await network.warmUp({ batch: 7, time: 11, train: true });
  expect(
    prepared.map(({ cell, time, batch, units, reverse, sequence, training }) =>
      [cell, time, batch, units, reverse, sequence, training].join(' '),
    ),
  ).toEqual(['gru 10 7 3 false true true', 'gru 10 7 3 true true true', 'lstm 10 7 6 false false true']);
  expect(backend.memory()).toEqual(before);
  await expect(network.warmUp({ batch: 0 })).rejects.toThrow('warmUp: batch must be a positive whole number');
  network.dispose();
});

it('explains the kernels that a training step uses', async () => {
  for (const backend of [await cpu(), await reference()]) {
    const network = model.on(backend);
    const before = backend.memory();
    const explained = network.explain();
    expect(backend.memory()).toEqual(before);
    const tape = network.tape();
    for (const parameter of network.parameters.values()) tape.watch(parameter);
    const { kernels } = network.forward(
      tape,
      { value: tape.constant([1, 2, 3], [3, 1]) },
      { training: true },
    );
    expect(explained).toEqual(kernels);
    tape.dispose();
    network.dispose();
  }
});
