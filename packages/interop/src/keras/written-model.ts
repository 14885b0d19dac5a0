/* The parts of a model.json that both kinds of models have. */
import type { NDArray } from '@recurra/core';
import type { ModelNode } from '@recurra/core/files';
import type { WrittenLayer } from './written-layer.js';

export interface NamedLayer extends WrittenLayer {
  readonly name: string;
}

/** A model in the configuration of Keras, and its layers with their weights. */
export interface WrittenModel {
  readonly topology: { readonly class_name: string; readonly config: object };
  readonly layers: readonly NamedLayer[];
}

/** A layer, and the activation after it if that is a layer of its own in tfjs-layers. */
export function named(name: string, layers: readonly WrittenLayer[]): NamedLayer[] {
  return layers.map((layer, i) => ({ ...layer, name: i === 0 ? name : `${name}_activation` }));
}

export function layerConfig({ className, config, name }: NamedLayer) {
  return { class_name: className, config: { name, trainable: true, ...config } };
}

/** The weights of a node by their names in the layer. */
export function ownWeights(
  { owner, built }: ModelNode,
  all: Readonly<Record<string, NDArray>>,
): Record<string, NDArray> {
  const names = Object.keys({ ...built.parameters, ...built.buffers });
  return Object.fromEntries(names.map((own) => [own, all[`${owner}.${own}`]]));
}
