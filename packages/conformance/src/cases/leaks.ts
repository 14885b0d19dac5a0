/* Training, prediction and streams must not leak tensors. */
import { adam, bidirectional, dense, dropout, gru, lstm, minGru, sequential, slstm } from '@recurra/core';
import type { Check } from '../check.js';
import { random } from '../numbers.js';
import type { Case } from '../suite.js';

const group = 'memory/networks';

const SAMPLES = Array.from({ length: 8 }, (_, i) => {
  const { data } = random([6], i);
  return {
    x: [data.slice(0, 2), data.slice(2, 4), data.slice(4)].slice(0, 1 + (i % 3)),
    y: data.slice(0, 2),
  };
});
const OPTIONS = { loss: 'meanSquaredError', optimizer: adam(), batchSize: 4 } as const;

function networkOf(check: Check) {
  const layers = [
    bidirectional(lstm({ units: 3, returnSequences: true, recurrentDropout: 0.2 })),
    dropout({ rate: 0.1 }),
    gru({ units: 3 }),
    dense({ units: 2 }),
  ];
  return check.use(sequential(layers, { inputShape: [null, 2] }).on(check.backend));
}

export const leaks: Case[] = [
  {
    group,
    name: 'a hundred training steps leave the counts as after the first epoch',
    async run(check) {
      const network = networkOf(check);
      let first: { tensors: number; bytes: number } | undefined;
      for await (const step of network.fit(SAMPLES, { ...OPTIONS, epochs: 50, clip: { globalNorm: 1 } })) {
        if (step.step % 2 === 1) continue;
        const now = check.backend.memory();
        first ??= now;
        check.same(`the count of tensors at step ${step.step}`, now.tensors, first.tensors);
        check.same(`the count of bytes at step ${step.step}`, now.bytes, first.bytes);
      }
    },
  },
  {
    group,
    name: 'fit leaves the parameters only, also when it is aborted',
    async run(check) {
      const before = check.backend.memory();
      const network = networkOf(check);
      const parameters = check.backend.memory();
      await network.fit(SAMPLES, OPTIONS).done;
      check.same('the count of bytes after fit', check.backend.memory().bytes, parameters.bytes);
      const controller = new AbortController();
      const run = network.fit(SAMPLES, { ...OPTIONS, epochs: 50, signal: controller.signal });
      for await (const { step } of run) if (step === 3) controller.abort();
      check.same('how it stopped', (await run.done).stopped, 'aborted');
      check.same('the count of bytes after abort', check.backend.memory().bytes, parameters.bytes);
      check.same('the count of tensors after abort', check.backend.memory().tensors, parameters.tensors);
      network.dispose();
      check.same('the count of tensors after dispose', check.backend.memory().tensors, before.tensors);
    },
  },
  {
    group,
    name: 'minGru and slstm with the loss ctc leave the parameters only',
    async run(check) {
      const layers = [
        bidirectional(minGru({ units: 3, returnSequences: true })),
        slstm({ units: 4, heads: 2, returnSequences: true }),
        dense({ units: 3, activation: 'softmax' }),
      ];
      const network = check.use(sequential(layers, { inputShape: [null, 2] }).on(check.backend));
      const before = check.backend.memory();
      const samples = SAMPLES.map(({ x }, i) => ({ x, y: [1, 2].slice(0, Math.min(i % 3, x.length)) }));
      await network.fit(samples, { ...OPTIONS, loss: 'ctc', batchSize: samples.length }).done;
      const after = check.backend.memory();
      check.same('the count of bytes after fit', after.bytes - before.bytes, 0);
      check.same('the count of tensors after fit', after.tensors - before.tensors, 0);
    },
  },
  {
    group,
    name: 'predict, evaluate and a stream leave nothing',
    async run(check) {
      const network = networkOf(check);
      const before = check.backend.memory();
      await network.predict(SAMPLES.map(({ x }) => [x[0], x[0]]));
      await network.evaluate(SAMPLES, { loss: 'meanSquaredError' });
      const model = sequential([lstm({ units: 3, returnSequences: true })], { inputShape: [null, 2] });
      const streaming = model.on(check.backend);
      const stream = streaming.stream();
      for (const { x } of SAMPLES) await stream.push(x[0]);
      stream.close();
      streaming.dispose();
      check.same('the count of tensors', check.backend.memory().tensors, before.tensors);
      check.same('the count of bytes', check.backend.memory().bytes, before.bytes);
    },
  },
];
