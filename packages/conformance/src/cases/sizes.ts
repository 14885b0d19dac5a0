/* Recurrent and dense layers whose sizes cross the edges of tiles: outputs and gradients are those of the reference. */
import { dense, gru, lstm, rnn } from '@recurra/core';
import { equalsReference } from '../finite-differences.js';
import { layerProblem } from '../layer-problem.js';
import { EDGES } from '../numbers.js';
import type { Case } from '../suite.js';

const group = 'sizes';

/** [batch, input size, units]: every size meets every other in turn. */
const TRIPLES = EDGES.map((size, i) => [size, EDGES[(i + 3) % EDGES.length], EDGES[(i + 5) % EDGES.length]]);

export const sizes: Case[] = TRIPLES.flatMap(([batch, inputSize, units]) => {
  const sequence = { kind: 'sequence', shape: [3, batch, inputSize], initialState: true } as const;
  const lengths = Array.from({ length: batch }, (_, row) => 3 - (row % 4));
  const vector = { kind: 'vector', shape: [batch, inputSize] } as const;
  return [
    { name: 'rnn', problem: () => layerProblem(rnn({ units, returnSequences: true }), sequence) },
    { name: 'lstm', problem: () => layerProblem(lstm({ units, returnSequences: true }), sequence) },
    {
      name: 'gru, lengths',
      problem: () => layerProblem(gru({ units, returnSequences: true }), { ...sequence, lengths }),
    },
    { name: 'dense', problem: () => layerProblem(dense({ units, activation: 'relu' }), vector) },
  ].map(({ name, problem }) => ({
    group,
    name: `${name}: batch ${batch}, input ${inputSize}, units ${units}`,
    async run(check) {
      await equalsReference(check, problem());
    },
  }));
});
