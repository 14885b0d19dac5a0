import type { SignalShape } from '@recurra/core';
import type { WrittenWeight } from './weight.js';

/** A value between layers, as in core: a sequence [T, B, F], a vector [B, F], frames [T, B, height · width · channels]. */
export interface WrittenSignal {
  /** The name of the value in the graph. */
  readonly name: string;
  /** The name of the rows' lengths, [B], int32; absent if every step is valid. */
  readonly lengths?: string;
}

/** What a layer is written from: its first input, and all of them. */
export interface LayerInput extends WrittenSignal {
  /** In the layer's order. */
  readonly inputs: readonly WrittenSignal[];
  /** The shapes of the inputs. */
  readonly shapes: readonly SignalShape[];
  readonly outputShape: SignalShape;
  /** By their names in the layer; the values that are saved but not trained are among them. */
  readonly weights: Readonly<Record<string, WrittenWeight>>;
  /** The names of the tensors of the initial state; absent: zeros. */
  readonly initialState?: readonly string[];
}

/** The result of writing a layer. */
export interface LayerOutput {
  readonly output: WrittenSignal;
  /** By name: `backward` of a bidirectional layer with merge 'none'. */
  readonly others?: Readonly<Record<string, WrittenSignal>>;
  readonly state?: readonly string[];
}

export function oneOutput(name: string, lengths?: string): LayerOutput {
  return { output: signal(name, lengths) };
}

export function signal(name: string, lengths?: string): WrittenSignal {
  return { name, ...(lengths !== undefined && { lengths }) };
}
