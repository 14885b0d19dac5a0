/* Two live backends of the same kind must not affect each other. */
import { adam, type Backend, dense, gru, lstm, type Network, sequential } from '@recurra/core';
import type { Check } from '../check.js';
import { random } from '../numbers.js';
import type { Case } from '../suite.js';
import { exact, ofGolden } from '../tolerance.js';

const group = 'coexistence';

const SAMPLES = Array.from({ length: 6 }, (_, i) => ({
  x: [0, 1, 2].map((t) => random([2], i * 3 + t).data),
  y: random([2], i + 50).data,
}));
const OPTIONS = { loss: 'meanSquaredError', optimizer: adam(), epochs: 3, batchSize: 2 } as const;
const networkOf = (check: Check, backend: Backend, seed: number): Network =>
  check.use(
    sequential([lstm({ units: 4, returnSequences: true }), gru({ units: 3 }), dense({ units: 2 })], {
      inputShape: [null, 2],
    }).on(backend, { seed }),
  );

export const coexistence: Case[] = [
  {
    group,
    name: 'neither backend accepts the other’s tensors',
    needs: 'coexistence',
    async run(check) {
      const { backend } = check;
      const twin = await check.another();
      const mine = check.made(backend.fill([2, 2], 1));
      const other = twin.fill([2, 2], 1);
      for (const [here, x] of [
        [backend, other],
        [twin, mine],
      ] as const) {
        await check.refuses('read of a twin’s tensor', () => here.read(x), 'ForeignTensorError');
        await check.refuses('free of a twin’s tensor', () => here.free(x), 'ForeignTensorError');
        await check.refuses('exp of a twin’s tensor', () => here.unary('exp', x), 'ForeignTensorError');
      }
    },
  },
  {
    group,
    name: 'two backends that train alternately get the same results as alone',
    needs: 'coexistence',
    async run(check) {
      const twin = await check.another();
      const alone = await Promise.all(
        [1, 2].map(async (seed) => {
          const network = networkOf(check, check.backend, seed);
          await network.fit(SAMPLES, OPTIONS).done;
          return network.getWeights();
        }),
      );
      const networks = [networkOf(check, check.backend, 1), networkOf(check, twin, 2)];
      const runs = networks.map((network) => network.fit(SAMPLES, OPTIONS)[Symbol.asyncIterator]());
      for (let open = true; open; ) {
        const steps = [await runs[0].next(), await runs[1].next()];
        open = !steps.every(({ done }) => done);
      }
      for (const [i, network] of networks.entries()) {
        for (const [name, values] of Object.entries(await network.getWeights()))
          check.near(`backend ${i}: ${name} `, values, alone[i][name], ofGolden(alone[i][name].data));
      }
    },
  },
  {
    group,
    name: 'each backend counts its own tensors, and still works after the other is disposed of',
    needs: 'coexistence',
    async run(check) {
      const twin = await check.another();
      const before = check.backend.memory();
      const x = check.made(check.backend.fill([3], 2));
      const other = twin.fill([3], 5);
      const y = check.made(check.backend.affine(x, 3, 0));
      const ownCount = () => check.backend.memory().tensors - before.tensors;
      check.same('the count of its own tensors', ownCount(), 2);
      twin.dispose();
      await check.refuses('a tensor of a backend that was disposed of', () => twin.read(other));
      await check.tensor('y', y, { data: [6, 6, 6], shape: [3] }, exact);
      check.same('the count of its own tensors, after the other’s disposal', ownCount(), 2);
    },
  },
];
