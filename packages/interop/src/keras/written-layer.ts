import type { NDArray } from '@recurra/core';

/** The program that a file is written for. Keras 3 has layers and options that tfjs-layers does not have. */
export type Target = 'tfjs-layers' | 'Keras 3';

export type Config = Readonly<Record<string, unknown>>;
export type Weights = Readonly<Record<string, NDArray>>;

/** One layer in the configuration of Keras, and its weights by their names there, in Keras's order. */
export interface WrittenLayer {
  readonly className: string;
  readonly config: Config;
  readonly weights: Weights;
  /** What a call of the layer is given besides tensors. */
  readonly options?: Config;
}
