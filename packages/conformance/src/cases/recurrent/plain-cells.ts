/* The cells that kernels are most likely to fuse, and how they are tried: under which options, and from which outputs back. */
import { gru, lstm, type RecurrentLayer, rnn } from '@recurra/core';
import { type Combination, combinations } from '../../combinations.js';
import type { Differentiable } from '../../finite-differences.js';
import { layerProblem } from '../../layer-problem.js';
import { whole } from '../../numbers.js';

export type Make = (options: { units: number; [option: string]: unknown }) => RecurrentLayer;

/** Without further options. */
export const PLAIN_CELLS: Readonly<Record<string, Make>> = {
  rnn,
  'rnn, relu': (options) => rnn({ activation: 'relu', ...options }),
  lstm,
  gru,
  'gru, resetAfter: false': (options) => gru({ resetAfter: false, ...options }),
};

/** [T, B, I, H] */
export type Sizes = readonly [time: number, batch: number, inputSize: number, units: number];

/** Lengths, direction and initial state in all their combinations, and the bias with any two of them. */
export const COMBINATIONS = combinations(['lengths', 'goBackwards', 'initialState', 'bias']);

/** The parts that the gradient may come from, in every combination: y alone, h alone, y and h, c … */
export function subsetsOf(outputs: readonly string[]): string[][] {
  return Array.from({ length: 2 ** outputs.length - 1 }, (_, i) =>
    outputs.filter((_, bit) => ((i + 1) >> bit) & 1),
  );
}

/** A layer's outputs, by the names that `layerProblem` gives them. */
export function outputsOf(cell: string): string[] {
  return ['output0', 'final state0', ...(cell === 'lstm' ? ['final state1'] : [])];
}

/** A length for each row, from none to all steps. One row has all of them, or, for every other pair of seeds, every row ends before. */
export function lengthsOf(time: number, batch: number, seed: number): number[] {
  const longest = Math.max(0, time - ((seed >> 1) % 2));
  return whole(batch, seed, longest + 1).map((length, row) => (row === seed % batch ? longest : length));
}

/**
 * A plain cell under a combination of options. The outputs that the gradient comes from, and whether one of the input is
 * wanted, change from seed to seed.
 */
export function plainProblem(
  cell: string,
  [time, batch, inputSize, units]: Sizes,
  {
    lengths,
    goBackwards,
    initialState,
    bias,
  }: Combination<'lengths' | 'goBackwards' | 'initialState' | 'bias'>,
  seed: number,
): Differentiable {
  const subsets = subsetsOf(outputsOf(cell)).reverse();
  return layerProblem(PLAIN_CELLS[cell]({ units, returnSequences: true, goBackwards, bias }), {
    kind: 'sequence',
    shape: [time, batch, inputSize],
    ...(lengths && { lengths: lengthsOf(time, batch, seed) }),
    initialState,
    seeded: subsets[seed % subsets.length],
    inputGradient: seed % 4 !== 3,
    seed,
  });
}
