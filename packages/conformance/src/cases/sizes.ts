/* Recurrent and dense layers whose sizes cross the edges of tiles: outputs and gradients are those of the reference. */
import { dense, gru, type Layer, lstm, rnn } from '@recurra/core';
import { type Differentiable, equalsReference } from '../finite-differences.js';
import { layerProblem } from '../layer-problem.js';
import { EDGES } from '../numbers.js';
import type { Case } from '../suite.js';

const group = 'sizes';

/** [batch, input size, units]: every size meets every other in turn. */
const TRIPLES = EDGES.map((size, i) => [size, EDGES[(i + 3) % EDGES.length], EDGES[(i + 5) % EDGES.length]]);
/** Others, each in every place, where the other sizes are small. */
const OTHERS = [32, 33, 128, 129].map((size) => [
  [size, 5, 17],
  [5, size, 6],
  [2, 17, size],
]);

/** The layers, as they are tried with one size: both directions, with and without lengths, by turns. */
const LAYERS: Readonly<Record<string, (sizes: readonly number[], turn: number) => Differentiable>> = {
  rnn: ([batch, inputSize, units], turn) =>
    sequence(rnn(optionsOf(units, turn)), batch, inputSize, turn % 4 < 2),
  lstm: ([batch, inputSize, units], turn) =>
    sequence(lstm(optionsOf(units, turn)), batch, inputSize, turn % 4 < 2),
  'gru, lengths': ([batch, inputSize, units], turn) =>
    sequence(gru(optionsOf(units, turn)), batch, inputSize, true),
  'gru, resetAfter: false': ([batch, inputSize, units], turn) =>
    sequence(gru({ ...optionsOf(units, turn), resetAfter: false }), batch, inputSize, turn % 4 < 2),
  dense: ([batch, inputSize, units]) =>
    layerProblem(dense({ units, activation: 'relu' }), { kind: 'vector', shape: [batch, inputSize] }),
};

const optionsOf = (units: number, turn: number) => ({
  units,
  returnSequences: true,
  goBackwards: turn % 2 === 1,
});

function sequence(layer: Layer, batch: number, inputSize: number, ragged: boolean): Differentiable {
  return layerProblem(layer, {
    kind: 'sequence',
    shape: [3, batch, inputSize],
    initialState: true,
    ...(ragged && { lengths: Array.from({ length: batch }, (_, row) => 3 - (row % 4)) }),
  });
}

function casesOf(sizesOf: readonly (readonly number[])[], title: string, turn: number): Case[] {
  return Object.entries(LAYERS).map(([name, problemOf]) => ({
    group,
    name: `${name}: ${title}`,
    async run(check) {
      for (const [i, sizes] of sizesOf.entries()) await equalsReference(check, problemOf(sizes, turn + i));
    },
  }));
}

export const sizes: Case[] = [
  ...TRIPLES.flatMap((triple, turn) => {
    const [batch, inputSize, units] = triple;
    return casesOf([triple], `batch ${batch}, input ${inputSize}, units ${units}`, turn);
  }),
  ...OTHERS.flatMap((triples, turn) => {
    const [[size]] = triples;
    return casesOf(triples, `batch ${size}; input ${size}; units ${size}`, turn);
  }),
];
