import type { RecurrentSpec } from '@recurra/core';

// The kernels know a walk by its place here.
const WALKS = [
  'rnnForward',
  'rnnBackward',
  'lstmForward',
  'lstmBackward',
  'gruForward',
  'gruBackward',
  'gruResetBeforeForward',
  'gruResetBeforeBackward',
] as const;

/** The number of a kernel that walks over a sequence. */
const numberOf = (walk: (typeof WALKS)[number]) => WALKS.indexOf(walk);

/** What memory a cell's walks want, and which kernels they are. */
export interface Cell {
  readonly forward: number;
  readonly backward: number;
  /** G */
  readonly gates: number;
  /** Of how many gates the columns of U go into the first product of a step; the others go into a second one. */
  readonly together: number;
  /** h, or h and c */
  readonly states: number;
  /** For the way back each cell saves h; some save the gates, and another array [T, B, H]. */
  readonly savesGates: boolean;
  readonly savesMore: boolean;
  /** Widths [B, width · H] of the scratch memory, forward and back. */
  readonly scratch: readonly [forward: number, backward: number];
  /** Whether the gradient of h·U + b' is another than that of x·W + b. */
  readonly apart: boolean;
}

const rnn: Cell = {
  forward: numberOf('rnnForward'),
  backward: numberOf('rnnBackward'),
  gates: 1,
  together: 1,
  states: 1,
  savesGates: false,
  savesMore: false,
  scratch: [0, 0],
  apart: false,
};

const lstm: Cell = {
  forward: numberOf('lstmForward'),
  backward: numberOf('lstmBackward'),
  gates: 4,
  together: 4,
  states: 2,
  savesGates: true,
  savesMore: true,
  scratch: [0, 0],
  apart: false,
};

const gru: Cell = {
  forward: numberOf('gruForward'),
  backward: numberOf('gruBackward'),
  gates: 3,
  together: 3,
  states: 1,
  savesGates: true,
  savesMore: true,
  scratch: [3, 0],
  apart: true,
};

const gruResetBefore: Cell = {
  forward: numberOf('gruResetBeforeForward'),
  backward: numberOf('gruResetBeforeBackward'),
  gates: 3,
  together: 2,
  states: 1,
  savesGates: true,
  savesMore: true,
  scratch: [1, 1],
  apart: false,
};

export function cellOf({ cell, resetAfter }: RecurrentSpec): Cell {
  if (cell === 'gru') return resetAfter ? gru : gruResetBefore;
  return cell === 'lstm' ? lstm : rnn;
}
