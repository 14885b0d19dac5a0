/*
 * Recurrent and dense layers whose sizes cross tile edges: outputs and gradients must equal the reference's.
 */
import { dense, gru, type Layer, lstm, rnn } from '@recurra/core';
import { type Differentiable, equalsReference } from '../finite-differences.js';
import { layerProblem } from '../layer-problem.js';
import { EDGES } from '../numbers.js';
import type { Case } from '../suite.js';

const group = 'sizes';

/** [batch, input size, units]: every size is combined with every other. */
const TRIPLES = EDGES.map((size, i) => [size, EDGES[(i + 3) % EDGES.length], EDGES[(i + 5) % EDGES.length]]);
/** Further sizes, each in every position while the other two are small. */
const OTHERS = [32, 33, 128, 129].map((size) => [
  [size, 5, 17],
  [5, size, 6],
  [2, 17, size],
]);

/** The problem of each layer. `index` determines the direction, and if there are lengths. */
const LAYERS: Readonly<Record<string, (sizes: readonly number[], index: number) => Differentiable>> = {
  rnn: ([batch, inputSize, units], index) =>
    sequence(rnn(optionsOf(units, index)), batch, inputSize, index % 4 < 2),
  lstm: ([batch, inputSize, units], index) =>
    sequence(lstm(optionsOf(units, index)), batch, inputSize, index % 4 < 2),
  'gru, lengths': ([batch, inputSize, units], index) =>
    sequence(gru(optionsOf(units, index)), batch, inputSize, true),
  'gru, resetAfter: false': ([batch, inputSize, units], index) =>
    sequence(gru({ ...optionsOf(units, index), resetAfter: false }), batch, inputSize, index % 4 < 2),
  dense: ([batch, inputSize, units]) =>
    layerProblem(dense({ units, activation: 'relu' }), { kind: 'vector', shape: [batch, inputSize] }),
};

const optionsOf = (units: number, index: number) => ({
  units,
  returnSequences: true,
  goBackwards: index % 2 === 1,
});

function sequence(layer: Layer, batch: number, inputSize: number, ragged: boolean): Differentiable {
  return layerProblem(layer, {
    kind: 'sequence',
    shape: [3, batch, inputSize],
    initialState: true,
    ...(ragged && { lengths: Array.from({ length: batch }, (_, row) => 3 - (row % 4)) }),
  });
}

function casesOf(sizesOf: readonly (readonly number[])[], title: string, index: number): Case[] {
  return Object.entries(LAYERS).map(([name, problemOf]) => ({
    group,
    name: `${name}: ${title}`,
    async run(check) {
      for (const [i, sizes] of sizesOf.entries()) await equalsReference(check, problemOf(sizes, index + i));
    },
  }));
}

export const sizes: Case[] = [
  ...TRIPLES.flatMap((triple, index) => {
    const [batch, inputSize, units] = triple;
    return casesOf([triple], `batch ${batch}, input ${inputSize}, units ${units}`, index);
  }),
  ...OTHERS.flatMap((triples, index) => {
    const [[size]] = triples;
    return casesOf(triples, `batch ${size}; input ${size}; units ${size}`, index);
  }),
];
