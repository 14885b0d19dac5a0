import type { AnyLayer, SignalShape } from '@recurra/core';

/** A layer in Python: the lines that create its modules, and the lines that run it on x. */
export interface Lines {
  readonly init: readonly string[];
  readonly forward: readonly string[];
}

/** A layer, and its surroundings in model.py. */
export interface LayerToWrite {
  readonly layer: AnyLayer;
  /** The attribute of the model with the layer's module. */
  readonly attribute: string;
  /** The variables of a layer of several inputs. */
  readonly inputs: readonly string[];
  readonly shapes: readonly SignalShape[];
  readonly outputShape: SignalShape;
  /** Expressions for the initial state's tensors, [batch, size]; absent: zeros. */
  readonly start?: readonly string[];
  /** The variable for the final state, a list of tensors [batch, size]; absent: none. */
  readonly state?: string;
  /** Throws an UnsupportedError that names the node. */
  refuse(problem: string): never;
}
