/* A network moves between backends through its weights and through its file. */
import {
  bidirectional,
  dense,
  gru,
  loadNetwork,
  lstm,
  type Model,
  type Network,
  sequential,
} from '@recurra/core';
import type { Check } from '../check.js';
import { depthOf } from '../laws.js';
import { forward, sameRun } from '../network-run.js';
import { random } from '../numbers.js';
import type { Case } from '../suite.js';
import { exact } from '../tolerance.js';

const group = 'transfer';
const X = random([5, 3, 2], 1);
const model = (): Model =>
  sequential(
    [
      bidirectional(lstm({ units: 4, returnSequences: true, projection: 3 })),
      gru({ units: 5, returnSequences: true }),
      dense({ units: 2 }),
    ],
    { inputShape: [null, 2] },
  );

async function sameWeights(check: Check, what: string, a: Network, b: Network): Promise<void> {
  const expected = await b.getWeights();
  for (const [name, values] of Object.entries(await a.getWeights()))
    check.near(`${what}: ${name} `, values, expected[name], exact);
}

async function sameOutputs(check: Check, a: Network, b: Network): Promise<void> {
  sameRun(check, await forward(check, a, X), await forward(check, b, X), depthOf(X, 4));
}

export const transfer: Case[] = [
  {
    group,
    name: 'weights moved to the reference and back are unchanged and give the same results',
    async run(check) {
      const here = check.use(model().on(check.backend, { seed: 1 }));
      const there = check.use(model().on(await check.reference(), { seed: 2 }));
      const back = check.use(model().on(check.backend, { seed: 3 }));
      there.setWeights(await here.getWeights());
      await sameWeights(check, 'there', there, here);
      await sameOutputs(check, here, there);
      back.setWeights(await there.getWeights());
      await sameWeights(check, 'back', back, here);
      await sameOutputs(check, back, there);
    },
  },
  {
    group,
    name: 'weights that are read between trainings are the current ones',
    async run(check) {
      const network = check.use(model().on(check.backend, { seed: 1 }));
      const samples = [{ x: [[0.5, -1]], y: [[1, -1]] }];
      let last = await network.getWeights();
      for (let epoch = 0; epoch < 2; epoch++) {
        await network.fit(samples, { loss: 'meanSquaredError', optimizer: 'sgd', epochs: 1 }).done;
        const now = await network.getWeights();
        const moved = Array.from(now['2.bias'].data).some((value, i) => value !== last['2.bias'].data[i]);
        check.same('that the weights have changed', moved, true);
        last = now;
      }
    },
  },
  {
    group,
    name: 'a file saved on one is loaded on the other',
    async run(check) {
      const reference = await check.reference();
      const there = check.use(model().on(reference, { seed: 1 }));
      const here = check.use(await loadNetwork(await there.save(), check.backend));
      await sameOutputs(check, here, there);
      const again = check.use(await loadNetwork(await here.save(), reference));
      await sameWeights(check, 'again', again, there);
    },
  },
];
