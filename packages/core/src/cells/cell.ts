import type { Shape, Tensor } from '../contract/tensor.js';
import type { Initializer } from '../initializers.js';
import type { Random } from '../random.js';
import type { Tape } from '../tape/tape.js';

/** The declaration of a parameter in a layer or cell. */
export interface Parameter {
  readonly shape: Shape;
  /**
   * An initializer, or a function that computes the initial values, which are rounded to float32. The function can use
   * `initialize` to apply an initializer.
   */
  readonly initial: Initializer | ((random: Random, initialize: Initialize) => Float32Array);
  /** False for a parameter that is not trained. Default true. */
  readonly trainable?: boolean;
  /**
   * How `network.quantize` rounds it to int8. Default: it stays float.
   * - 'recurrent', 'dense': a matrix with a scale for each column. It stays int8 on backends whose kernel of this name takes
   *   it so; the layer uses it in this kernel only;
   * - 'columns': a scale for each element of the last axis; 'rows': a matrix with a scale for each row. It is int8 in files
   *   only.
   */
  readonly int8?: 'recurrent' | 'dense' | 'columns' | 'rows';
  /** A penalty on its values that is added to the training loss. Default: none. */
  readonly regularizer?: Regularizer;
}

/** A penalty l1 · Σ|w| + l2 · Σw² that is added to the training loss, as in Keras. Both factors default to 0. */
export interface Regularizer {
  readonly l1?: number;
  readonly l2?: number;
}

/** Computes the values of an initializer for a parameter of this shape. */
export type Initialize = (by: Initializer, shape: Shape, random: Random) => Float32Array;

/** The weights of a cell or layer, by parameter name. */
export type Weights = Readonly<Record<string, Tensor>>;

/** The gates, candidate and cell state that a cell computed at one step, by name, each [B, size]. */
export type CellValues = Readonly<Record<string, Tensor>>;

/** A cell that is ready to run over one sequence. */
export interface CellRun {
  /**
   * Computes the part that depends only on the input, for all steps at once: `[N, I] → [N, K]`. This replaces T small
   * matrix products by one large product. Default: returns the input.
   */
  project?(x: Tensor): Tensor;
  /**
   * Computes one step: the next state, from the projected input `[B, K]` and the state. `state[0]` is the output. If
   * `watch` is set, the cell calls it with the values that `network.inspect` returns in addition to the output.
   */
  step(x: Tensor, state: readonly Tensor[], watch?: (values: CellValues) => void): Tensor[];
}

/** The inputs of a cell other than its weights. */
export interface CellContext {
  /** True if dropout is applied. */
  readonly training: boolean;
  /**
   * Random numbers for dropout masks. They depend only on the network's seed, the training step, the layer and `name`.
   */
  random(name: string): Random;
}

/** A cell whose input size is known. */
export interface BuiltCell {
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The size of each state tensor, `[B, size]`; the first one is the output. */
  readonly stateSizes: readonly number[];
  /** Starts a sequence. Weights can be sliced here, once for all steps. */
  run(tape: Tape, weights: Weights, context: CellContext): CellRun;
}

/**
 * A custom recurrent cell. It defines only the forward pass; the tape computes the gradients. `recurrent(cell, …)`
 * creates a layer from it. A model file stores `kind` and `options` (as JSON), and `loadNetwork` takes the function
 * that creates the cell from these options.
 */
export interface Cell {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** False to freeze the parameters of the cell. Default true. */
  readonly trainable?: boolean;
  build(inputSize: number): BuiltCell;
}
