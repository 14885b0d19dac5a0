import type { Shape, Tensor } from '../contract/tensor.js';
import type { Initializer } from '../initializers.js';
import type { Random } from '../random.js';
import type { Tape } from '../tape/tape.js';

/** A parameter as a layer or cell declares it. */
export interface Parameter {
  readonly shape: Shape;
  /** An initializer, or a function for what no initializer expresses; its values are rounded to float32. */
  readonly initial: Initializer | ((random: Random) => Float32Array);
}

/** A cell's parameters, or a layer's, by name. */
export type Weights = Readonly<Record<string, Tensor>>;

/** What a cell computed at one step, by name, each [B, size]: gates, candidate, cell state. */
export type CellValues = Readonly<Record<string, Tensor>>;

/** A cell during one sequence. */
export interface CellRun {
  /**
   * What depends on the input alone, for all steps at once: `[N, I] → [N, K]`. It turns T small products into one large
   * one. Default: the input as it is.
   */
  project?(x: Tensor): Tensor;
  /**
   * One step: the projected input `[B, K]` and the state give the next state; `state[0]` is the output. A cell gives
   * `watch`, where there is one, the values of the step that `network.inspect` shows besides the output.
   */
  step(x: Tensor, state: readonly Tensor[], watch?: (values: CellValues) => void): Tensor[];
}

/** What a cell needs to know besides its weights. */
export interface CellContext {
  /** Dropout is on. */
  readonly training: boolean;
  /** Numbers that depend on the network's seed, the training step, the layer and `name` alone: for dropout masks. */
  random(name: string): Random;
}

/** A cell whose input size is known. */
export interface BuiltCell {
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The width of each tensor of the state, `[B, size]`; the first is the output's. */
  readonly stateSizes: readonly number[];
  /** Starts a sequence: weights can be sliced here once for all steps. */
  run(tape: Tape, weights: Weights, context: CellContext): CellRun;
}

/**
 * A custom recurrent cell, written forward only: the tape has its gradient. `recurrent(cell, …)` makes a layer of it.
 * `kind` and `options` (plain JSON) are what a model file keeps; `loadNetwork` is given the function that makes the cell
 * from the options.
 */
export interface Cell {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  build(inputSize: number): BuiltCell;
}
