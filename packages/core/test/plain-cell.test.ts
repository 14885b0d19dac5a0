/* What a kernel of the plain cells leaves to core, in words. */
import { describe, expect, it } from 'vitest';
import { beyondPlainCell, type RecurrentSpec } from '../src/index.js';

const PLAIN: RecurrentSpec = {
  ...{ cell: 'lstm', time: 5, batch: 6, inputSize: 3, units: 4, outputSize: 4 },
  ...{ activation: 'tanh', recurrentActivation: 'sigmoid', resetAfter: false, bias: true },
  ...{ peepholes: false, projection: false, clip: 0, layerNorm: false, recurrentDropout: false },
  ...{ reverse: true, lengths: true, initialState: true },
  ...{ training: true, inputGradient: true, stepGradients: false },
};

describe('beyond a plain cell', () => {
  it.each<Partial<RecurrentSpec>>([
    {},
    { activation: { kind: 'tanh' } },
    { cell: 'gru', resetAfter: true },
    { cell: 'rnn', activation: 'relu', recurrentActivation: 'softsign' },
  ])('is nothing of %j', (change) => {
    expect(beyondPlainCell({ ...PLAIN, ...change })).toBeUndefined();
  });

  it.each<[string, Partial<RecurrentSpec>]>([
    ['layer normalisation inside the cell', { layerNorm: true }],
    ['dropout on the state', { recurrentDropout: true }],
    ['a gradient for every step', { stepGradients: true }],
    ['peepholes', { peepholes: true }],
    ['a projection of the output', { projection: true, outputSize: 2 }],
    ['clipped gates', { clip: 1 }],
    ['activation relu; fused is tanh', { activation: { kind: 'relu' } }],
    ['recurrentActivation hardSigmoid; fused is sigmoid', { recurrentActivation: 'hardSigmoid' }],
    ['activation softsign; fused are tanh and relu', { cell: 'rnn', activation: 'softsign' }],
  ])('is %s', (reason, change) => {
    expect(beyondPlainCell({ ...PLAIN, ...change })).toBe(reason);
  });
});
