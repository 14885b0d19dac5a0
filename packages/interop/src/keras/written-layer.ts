import type { NDArray } from '@recurra/core';

export type Config = Readonly<Record<string, unknown>>;
export type Weights = Readonly<Record<string, NDArray>>;

/** One layer of a model.json, and its weights by their names in it. */
export interface WrittenLayer {
  readonly className: string;
  readonly config: Config;
  readonly weights: Weights;
}
