import type { RecurrentSpec } from '@recurra/core/backend';
import { TASKS } from './abi.generated.js';

/** The kernels of a recurrent cell, and the memory they need. T steps, B rows, H units. */
export interface Cell {
  readonly forward: number;
  readonly backward: number;
  /** G */
  readonly gates: number;
  /**
   * The number of gates that the first recurrent product of a step computes; a second product computes the
   * others.
   */
  readonly gatesInFirstProduct: number;
  /** The number of states: h, or h and c. */
  readonly states: number;
  /**
   * Flags for the arrays that the forward pass saves in addition to h: the gates [T, B, G·H], and an extra
   * array [T, B, H].
   */
  readonly savesGates: boolean;
  readonly savesExtra: boolean;
  /** True if the backward pass reads the outputs y [T, B, H]. */
  readonly readsY: boolean;
  /** n, for the scratch memory [B, n·H] of each pass. */
  readonly scratch: readonly [forward: number, backward: number];
  /** True if the gradient of h·U + b' differs from that of x·W + b. */
  readonly separateRecurrentGradient: boolean;
}

const rnn: Cell = {
  forward: TASKS.rnnForward,
  backward: TASKS.rnnBackward,
  gates: 1,
  gatesInFirstProduct: 1,
  states: 1,
  savesGates: false,
  savesExtra: false,
  readsY: true,
  scratch: [0, 0],
  separateRecurrentGradient: false,
};

const lstm: Cell = {
  forward: TASKS.lstmForward,
  backward: TASKS.lstmBackward,
  gates: 4,
  gatesInFirstProduct: 4,
  states: 2,
  savesGates: true,
  savesExtra: true,
  readsY: true,
  scratch: [0, 0],
  separateRecurrentGradient: false,
};

const gru: Cell = {
  forward: TASKS.gruForward,
  backward: TASKS.gruBackward,
  gates: 3,
  gatesInFirstProduct: 3,
  states: 1,
  savesGates: true,
  savesExtra: true,
  readsY: false,
  scratch: [3, 0],
  separateRecurrentGradient: true,
};

const gruResetBefore: Cell = {
  forward: TASKS.gruResetBeforeForward,
  backward: TASKS.gruResetBeforeBackward,
  gates: 3,
  gatesInFirstProduct: 2,
  states: 1,
  savesGates: true,
  savesExtra: true,
  readsY: false,
  scratch: [1, 1],
  separateRecurrentGradient: false,
};

export function cellOf({ cell, resetAfter }: RecurrentSpec): Cell {
  if (cell === 'gru') return resetAfter ? gru : gruResetBefore;
  return cell === 'lstm' ? lstm : rnn;
}
