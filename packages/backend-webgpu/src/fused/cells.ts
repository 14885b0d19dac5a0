import { activationKind, type RecurrentSpec } from '@recurra/core/backend';
import { gru, gruResetBefore } from './gru.js';
import { lstm } from './lstm.js';
import { rnn } from './rnn.js';

/**
 * A cell as pieces of WGSL, which walk-forward.ts and walk-backward.ts put into their loops. A piece computes one
 * vector of units of one row (`V`: 4 units, or 1) and has its names to itself.
 */
export interface Cell {
  /** G */
  readonly gates: number;
  /** h, or h and c */
  readonly states: 1 | 2;
  /** Whether a second array [T, B, H] is saved for the way back: c before each step, or what the GRU needs. */
  readonly savesMore: boolean;
  /** Whether the gradient of h·U + b' is another than that of x·W + b. */
  readonly apart: boolean;
  /** The phases of a step: where there are two, the second one's product needs the result of the first for all units. */
  readonly forward: readonly ForwardPhase[];
  readonly backward: readonly BackwardPhase[];
}

/**
 * Given: `a0`… the gates' x·W + b, `u0`… the products of this phase with b', `s0`… the gates saved by the phase before,
 * `h0` the state before, `c0` the cell before.
 */
export interface ForwardPhase {
  /** The gates whose columns of U are in this phase's product: of h, or (second phase) of what the first one passes on. */
  readonly product: readonly [from: number, to: number];
  /** Computes the names below. */
  readonly code: string;
  /** What is saved for the way back, in place of the gates `product` names. */
  readonly gates: readonly string[];
  /** What is saved in the second array, at this step. */
  readonly more?: string;
  /** What the next phase's product is of; absent in the last, which computes the new state, `h` and `c`. */
  readonly passes?: string;
}

/**
 * Given: `s0`… the saved gates, `h0`, `c0` and `more` as they were saved, `dh` the gradient of the new state (second
 * phase: of the old one, so far), `dc`, and in the second phase `p`, its product.
 */
export interface BackwardPhase {
  /** The gates over which this phase's product runs: in the first phase those of the step after, in the second of this one. */
  readonly product: readonly [from: number, to: number];
  /** Computes the names below. */
  readonly code: string;
  /** Gradients of the pre-activations that this phase finds, by gate. */
  readonly gates: Readonly<Record<number, string>>;
  /** The same of h·U + b', where they are apart. */
  readonly recurrent?: Readonly<Record<number, string>>;
  /** Gradient of the old state that does not go through U. */
  readonly dh: string;
  /** Gradient of the old cell. */
  readonly dc?: string;
}

export function cellOf({ cell, resetAfter, activation }: RecurrentSpec): Cell {
  if (cell === 'gru') return resetAfter ? gru : gruResetBefore;
  return cell === 'lstm' ? lstm : rnn(activationKind(activation) === 'relu' ? 'relu' : 'tanh');
}
