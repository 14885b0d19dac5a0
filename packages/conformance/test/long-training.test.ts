import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import { adam, dense, gru, sequential } from '@recurra/core';
import { expect, it } from 'vitest';

it.each([
  ['reference', reference],
  ['cpu', cpu],
])('ten thousand steps of training hold no more memory than the first: %s', async (_, create) => {
  const backend = await create();
  const network = sequential([gru({ units: 2 }), dense({ units: 1 })], { inputShape: [2, 1] }).on(backend);
  const samples = Array.from({ length: 10 }, (_, n) => ({ x: [[Math.sin(n)], [Math.cos(n)]], y: n / 10 }));
  const run = network.fit(samples, { loss: 'huber', optimizer: adam(), batchSize: 1, epochs: 1000 });
  let first: object | undefined;
  for await (const { step } of run) {
    if (step === 1) first = backend.memory();
    if (step % 500 === 0) expect(backend.memory()).toEqual(first);
  }
  expect((await run.done).steps).toBe(10_000);
  backend.dispose();
});
