/*
 * NaN in a weight must reach the loss, so that training ends with an error and leaves the weights unchanged.
 */
import { dense, gru, type LossConfig, sequential } from '@recurra/core';
import { Failure } from '../../failure.js';
import { random } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { fusedAndComposed } from './proof.js';

const LOSSES: Record<
  string,
  { loss: LossConfig; activation: 'softmax' | 'sigmoid' | 'relu'; y: number | number[] }
> = {
  crossEntropy: { loss: 'crossEntropy', activation: 'softmax', y: 1 },
  binaryCrossEntropy: { loss: 'binaryCrossEntropy', activation: 'sigmoid', y: [1, 0] },
  meanSquaredError: { loss: 'meanSquaredError', activation: 'relu', y: [1, 0] },
};

export const divergence: Case[] = Object.entries(LOSSES).flatMap(([name, { loss, activation, y }]) =>
  fusedAndComposed(`training that has diverged ends with an error: ${name}`, async (check, fused) => {
    const model = sequential([gru({ units: 3 }), dense({ units: 2, activation })], { inputShape: [null, 2] });
    const network = check.use(model.on(check.backend, { fused }));
    const weights = await network.getWeights();
    weights['0.bias'].data[1] = Number.NaN;
    network.setWeights(weights, { allowNonFinite: true });
    const { data } = random([2], 1);
    const run = () => network.fit([{ x: [data, data], y }], { loss, optimizer: 'adam' }).done;
    await check.refuses('training with NaN among the weights', run, 'DivergenceError');
    const after = await network.getWeights();
    const moved = Object.keys(weights).find(
      (other) => after[other].data.join() !== weights[other].data.join(),
    );
    if (moved !== undefined) throw new Failure(`${moved} was changed by a skipped step`);
  }),
);
