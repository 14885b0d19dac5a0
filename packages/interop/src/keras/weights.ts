/* Where the weights of a Keras layer are found: one place, two kinds of file. */
import { FormatError, type NDArray } from '@recurra/core';

/** The part of a layer whose weights are wanted. */
export interface WeightPlace {
  /** The layer's name in the configuration. */
  readonly layer: string;
  /** The layer's class in snake case, with a number from the second of its class on: `lstm_1`. */
  readonly slot: string;
  /** Of a wrapper: which of the layers in it. */
  readonly inner?: 'layer' | 'forward' | 'backward';
  /** The weights are those of a recurrent layer's cell. */
  readonly cell: boolean;
}

export interface WantedWeight {
  /** As Keras calls it: `recurrent_kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
}

export interface WeightFile {
  /**
   * The weights of a layer in Keras's order, which is that of `wanted`.
   * @throws FormatError where one is missing or of another shape
   */
  take(place: WeightPlace, wanted: readonly WantedWeight[]): NDArray[];
  /** @throws FormatError where a weight was not taken by any layer */
  finish(): void;
}

export function checkShape(what: string, given: readonly number[], wanted: readonly number[]): void {
  if (given.length !== wanted.length || !given.every((size, axis) => size === wanted[axis])) {
    throw new FormatError(`${what}: its shape must be [${wanted}], not [${given}]`);
  }
}
