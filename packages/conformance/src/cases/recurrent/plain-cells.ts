/*
 * The cells that kernels are most likely to fuse, with the options and output gradients under which they are
 * tested.
 */
import { gru, lstm, type RecurrentLayer, rnn } from '@recurra/core';
import { type Combination, combinations } from '../../combinations.js';
import type { Differentiable } from '../../finite-differences.js';
import { layerProblem } from '../../layer-problem.js';
import { whole } from '../../numbers.js';

export type Make = (options: { units: number; [option: string]: unknown }) => RecurrentLayer;

/** Cells without further options. */
export const PLAIN_CELLS: Readonly<Record<string, Make>> = {
  rnn,
  'rnn, relu': (options) => rnn({ activation: 'relu', ...options }),
  lstm,
  gru,
  'gru, resetAfter: false': (options) => gru({ resetAfter: false, ...options }),
};

/** [T, B, I, H] */
export type Sizes = readonly [time: number, batch: number, inputSize: number, units: number];

/** All combinations of lengths, direction and initial state, and of the bias with any two of them. */
export const COMBINATIONS = combinations(['lengths', 'goBackwards', 'initialState', 'bias']);

/** Every set of outputs that the gradient may come from: y alone, h alone, y and h, c … */
export function subsetsOf(outputs: readonly string[]): string[][] {
  return Array.from({ length: 2 ** outputs.length - 1 }, (_, i) =>
    outputs.filter((_, bit) => ((i + 1) >> bit) & 1),
  );
}

/** A layer's outputs, by the names that `layerProblem` gives them. */
export function outputsOf(cell: string): string[] {
  return ['output0', 'final state0', ...(cell === 'lstm' ? ['final state1'] : [])];
}

/**
 * A length for each row, from no step to all steps. One row is full, or, for every other pair of seeds, no
 * row is.
 */
export function lengthsOf(time: number, batch: number, seed: number): number[] {
  const longest = Math.max(0, time - ((seed >> 1) % 2));
  return whole(batch, seed, longest + 1).map((length, row) => (row === seed % batch ? longest : length));
}

/**
 * A plain cell under a combination of options. The seed determines which outputs have a gradient, and if the
 * gradient of the input is requested.
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
