/**
 * A cell as pieces of WGSL, which scan-forward.ts and scan-backward.ts insert into their loops. A piece computes one vector of
 * units of one row (`V`: 4 units, or 1), and its names are local to it.
 */
export interface Cell {
  /** G */
  readonly gates: number;
  /** The number of states: h, or h and c. */
  readonly states: 1 | 2;
  /**
   * True if the forward pass saves an extra array [T, B, H] in addition to h: c before each step, or a value
   * of the GRU.
   */
  readonly savesExtra: boolean;
  /** True if the gradient of h·U + b' differs from that of x·W + b. */
  readonly separateRecurrentGradient: boolean;
  /** The phases of a step. If there are two, the product of the second needs the result of the first for all units. */
  readonly forward: readonly ForwardPhase[];
  readonly backward: readonly BackwardPhase[];
}

/**
 * Defined before `code`: `a0`… x·W + b of each gate, `u0`… the products of this phase plus b', `s0`… the gates that the phase
 * before has computed, `h0` the state before the step, `c0` the cell state before it.
 */
export interface ForwardPhase {
  /**
   * The gates whose columns of U this phase multiplies: by h or, in the second phase, by the first phase's
   * result.
   */
  readonly product: readonly [from: number, to: number];
  /** Computes the names below. */
  readonly code: string;
  /** The values of the gates of `product`, which are saved for the backward pass. */
  readonly gates: readonly string[];
  /** The value that is saved in the extra array. */
  readonly extra?: string;
  /**
   * The factor of the next phase's product. Absent in the last phase, which computes the new state, `h` and
   * `c`.
   */
  readonly passes?: string;
}

/**
 * Defined before `code`: `s0`… the saved gates, `h0`, `c0` and `extra` as saved, `dh` the gradient of the new
 * state (in the second phase: as updated by the first one), `dc`, and in the second phase `p`, its product.
 */
export interface BackwardPhase {
  /** The gates over which this phase's product sums: in the first phase those of the later step, in the second of this one. */
  readonly product: readonly [from: number, to: number];
  /** Computes the names below. */
  readonly code: string;
  /** The gradients of pre-activations that this phase computes, by gate. */
  readonly gates: Readonly<Record<number, string>>;
  /** The gradients of h·U + b', if they differ. */
  readonly recurrent?: Readonly<Record<number, string>>;
  /** The part of the old state's gradient that does not come through U. */
  readonly dh: string;
  /** The gradient of the old cell state. */
  readonly dc?: string;
}
