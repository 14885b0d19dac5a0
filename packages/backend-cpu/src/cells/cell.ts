import type { Kernels } from '../kernels.generated.js';

/** Where an array's elements of one step are, or 0 for an array that there is not. */
export type Steps = (t: number) => number;

/** Some of the G·H columns of gates or of the recurrent kernel. */
export interface Columns {
  readonly from: number;
  readonly count: number;
}

/** A cell's walk over a sequence. Arrays are given by their addresses; those of a step are [B, width]. */
export interface Walk {
  readonly kernels: Kernels;
  readonly batch: number;
  readonly units: number;
  /** RNN: relu in place of tanh. */
  readonly relu: boolean;
  /** [B], or 0 */
  readonly lengths: number;
  /** [B, G·H] a step: x·W + b at first, then what the cell leaves there. */
  readonly gates: Steps;
  /** [B, H] a step: what the cell saves for the way back; 0 on a walk that will not be walked back. */
  readonly saved: readonly Steps[];
  /** [B, H] a step: the output. */
  readonly y: Steps;
  /** Memory that is needed only meanwhile, in elements. */
  scratch(size: number): number;
}

export interface ForwardWalk extends Walk {
  /** `[h]` or `[h, c]`, each [B, H]; each step changes them. */
  readonly state: readonly number[];
  /** [G·H], or 0 */
  readonly recurrentBias: number;
  /** The product with columns of the recurrent kernel: gates [B, G·H] (+)= h [B, H] · U, in these columns. */
  product(columns: Columns): (h: number, gates: number, accumulate: boolean) => void;
}

export interface BackwardWalk extends Walk {
  /** [B, H] a step: the gradient of the output; 0 where there is none. */
  readonly dy: Steps;
  /** As the state: its gradient, carried back. */
  readonly dState: readonly number[];
  /** [B, G·H] a step: the gradient of x·W + b. */
  readonly da: Steps;
  /** [B, G·H] a step: the gradient of h·U + b′, where the cell has that apart; else the same as `da`. */
  readonly du: Steps;
  /** The product with columns of the recurrent kernel, transposed: dh [B, H] (+)= du [B, G·H] · Uᵀ, of these columns. */
  product(columns: Columns): (du: number, dh: number, accumulate: boolean) => void;
}

/** How a cell goes through a sequence: both ways step by step, with the products between. */
export interface Cell {
  /** G */
  readonly gates: number;
  /** Whether the gates are wanted on the way back. */
  readonly savesGates: boolean;
  /** How many other arrays [T, B, H] are. */
  readonly saved: number;
  /** Whether the gradient of h·U + b′ is another than that of x·W + b. */
  readonly apart: boolean;
  forward(walk: ForwardWalk): (t: number) => void;
  backward(walk: BackwardWalk): (t: number) => void;
  /** Which saved array was multiplied by which columns of the recurrent kernel: their gradient is savedᵀ · du. */
  factors(units: number): readonly (Columns & { readonly saved: number })[];
}
