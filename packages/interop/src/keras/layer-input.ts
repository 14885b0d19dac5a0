import { type AnyLayer, type NDArray, type Node, type SignalShape, UnsupportedError } from '@recurra/core';
import { isRecord } from '@recurra/core/backend';
import type { KerasVersion } from './activations.js';
import { Config, text } from './config.js';
import type { WeightFile, WeightLocation } from './weights.js';

/** A Keras layer, its input, and the file of its weights. */
export interface LayerInput {
  readonly className: string;
  readonly config: Config;
  readonly version: KerasVersion;
  /** The shape of the first input, and of all of them. */
  readonly shape: SignalShape;
  readonly shapes: readonly SignalShape[];
  /** The call says `use_causal_mask`. */
  readonly causal: boolean;
  /** Width of the input; 1 for token ids. */
  readonly features: number;
  readonly location: WeightLocation;
  readonly file: WeightFile;
}

/** The layer in Recurra (absent if Keras's layer has no effect) and its weights. */
export interface Translated {
  readonly layer?: AnyLayer;
  readonly weights?: Readonly<Record<string, NDArray>>;
  /** What the layer takes, from the inputs of Keras's layer. Default: the first. */
  readonly arrange?: (inputs: readonly Node[]) => unknown;
}

/** The layer inside a wrapper. */
export function innerLayer(config: Config, name: string): { className: string; config: Config } {
  const inner = config.get(name);
  const className = isRecord(inner) ? inner.class_name : undefined;
  if (!isRecord(inner) || typeof className !== 'string') {
    throw new UnsupportedError(
      `${config.owner}: its ${name} must be { class_name, config }, not ${text(inner)}`,
    );
  }
  return { className, config: new Config(`${config.owner}: ${name} (${className})`, inner.config) };
}
