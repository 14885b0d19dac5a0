/* The location of a layer's weights, in both kinds of Keras files. */
import { FormatError, type NDArray } from '@recurra/core';

/** The location of a layer's weights. */
export interface WeightLocation {
  /** The layer's name in the configuration. */
  readonly layer: string;
  /** The layer's class in snake case, numbered from the second layer of the class on: `lstm_1`. */
  readonly slot: string;
  /** The layer inside a wrapper. */
  readonly inner?: 'layer' | 'forward' | 'backward';
  /** True for the weights of a recurrent layer's cell. */
  readonly cell: boolean;
}

export interface RequestedWeight {
  /** The name in Keras: `recurrent_kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
}

export interface WeightFile {
  /**
   * The weights of a layer, in the order of `requested`, which must be Keras's order.
   * @throws FormatError for a weight that is missing or has another shape
   */
  take(location: WeightLocation, requested: readonly RequestedWeight[]): NDArray[];
  /** @throws FormatError for a weight that belongs to no layer */
  finish(): void;
}

/** @throws FormatError if the shapes differ */
export function checkShape(what: string, actual: readonly number[], expected: readonly number[]): void {
  if (actual.length !== expected.length || !actual.every((size, axis) => size === expected[axis])) {
    throw new FormatError(`${what}: the shape must be [${expected}], not [${actual}]`);
  }
}
