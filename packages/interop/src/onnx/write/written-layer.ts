import type { NDArray } from '@recurra/core';

/** A value between layers: sequences are time-major, [T, B, F]. */
export interface WrittenSignal {
  /** The name of the value in the graph. */
  readonly name: string;
  /** The name of the rows' lengths, [B], int32; absent if every step is valid. */
  readonly lengths?: string;
}

/** The inputs from which a layer is written. */
export interface LayerInput extends WrittenSignal {
  /** By their names in the layer. */
  readonly weights: Readonly<Record<string, NDArray>>;
  /** The names of a stateful layer's initial state. */
  readonly initialState?: readonly string[];
}

/** The result of writing a layer. */
export interface LayerOutput {
  readonly outputs: readonly WrittenSignal[];
  readonly state?: readonly string[];
}

/** A layer's only output. */
export function oneOutput(name: string, lengths?: string): LayerOutput {
  return { outputs: [{ name, ...(lengths !== undefined && { lengths }) }] };
}
