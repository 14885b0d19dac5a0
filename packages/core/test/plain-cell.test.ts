/* The requests that a kernel for plain cells leaves to core, and the reasons. */
import { describe, expect, it } from 'vitest';
import { type RecurrentSpec, whyNotPlainCell } from '../src/backend.js';

const PLAIN: RecurrentSpec = {
  ...{ cell: 'lstm', time: 5, batch: 6, inputSize: 3, units: 4, outputSize: 4 },
  ...{ activation: 'tanh', recurrentActivation: 'sigmoid', resetAfter: false, bias: true },
  ...{ peepholes: false, projection: false, clip: 0, layerNorm: false, recurrentDropout: false },
  ...{ reverse: true, lengths: true, initialState: true },
  ...{ training: true, inputGradient: true, sequence: true },
};

describe('whyNotPlainCell', () => {
  it.each<Partial<RecurrentSpec>>([
    {},
    { activation: { kind: 'tanh' } },
    { cell: 'gru', resetAfter: true },
    { cell: 'rnn', activation: 'relu', recurrentActivation: 'softsign' },
  ])('returns undefined for %j', (change) => {
    expect(whyNotPlainCell({ ...PLAIN, ...change })).toBeUndefined();
  });

  it.each<[string, Partial<RecurrentSpec>]>([
    ['layer normalisation inside the cell', { layerNorm: true }],
    ['dropout on the state', { recurrentDropout: true }],
    ['peepholes', { peepholes: true }],
    ['a projection of the output', { projection: true, outputSize: 2 }],
    ['clipped gates', { clip: 1 }],
    ['activation relu; only tanh is fused', { activation: { kind: 'relu' } }],
    ['recurrentActivation hardSigmoid; only sigmoid is fused', { recurrentActivation: 'hardSigmoid' }],
    ['activation softsign; only tanh and relu are fused', { cell: 'rnn', activation: 'softsign' }],
  ])('is %s', (reason, change) => {
    expect(whyNotPlainCell({ ...PLAIN, ...change })).toBe(reason);
  });
});
