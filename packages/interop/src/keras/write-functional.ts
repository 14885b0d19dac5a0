/* A graph as a functional model of Keras. */
import { type NDArray, UnsupportedError } from '@recurra/core';
import type { Architecture, ModelNode } from '@recurra/core/files';
import { batchShape, shapeOf } from '../ports.js';
import type { Config, Target } from './written-layer.js';
import { writtenLayers } from './written-layers.js';
import { layerConfig, type NamedLayer, named, ownWeights, type WrittenModel } from './written-model.js';

/** A tensor: a layer, which of its calls, and which of the call's outputs. */
export type Ref = readonly [layer: string, call: number, index: number];

/** A layer, with the inputs of each of its calls. */
export interface CalledLayer extends NamedLayer {
  readonly calls: { readonly from: readonly Ref[]; readonly start: readonly Ref[] }[];
  /** It returns its state too. */
  returnsState: boolean;
}

export interface FunctionalModel {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | null)[] }[];
  readonly layers: readonly CalledLayer[];
  readonly outputs: readonly Ref[];
}

/** @throws UnsupportedError for a node that the target cannot express, by its name */
export function functionalModel(
  model: Architecture,
  all: Readonly<Record<string, NDArray>>,
  target: Target,
): FunctionalModel {
  const writer = new FunctionalWriter(model, all, target);
  for (const node of model.nodes) writer.write(node);
  return writer.model();
}

/** The topology of a model.json. */
export function functionalTopology({ inputs, layers, outputs }: FunctionalModel): WrittenModel['topology'] {
  return {
    class_name: 'Functional',
    config: {
      name: 'model',
      layers: [
        ...inputs.map(({ name, shape }) => ({
          name,
          class_name: 'InputLayer',
          config: { name, batch_input_shape: shape, dtype: 'float32', sparse: false },
          inbound_nodes: [],
        })),
        ...layers.map((layer) => ({
          name: layer.name,
          ...layerConfig(layer),
          inbound_nodes: layer.calls.map(({ from, start }) => [...from, ...start].map((ref) => [...ref, {}])),
        })),
      ],
      input_layers: inputs.map(({ name }) => [name, 0, 0]),
      output_layers: outputs,
    },
  };
}

class FunctionalWriter {
  readonly #model: Architecture;
  readonly #all: Readonly<Record<string, NDArray>>;
  /** By the signal's number. */
  readonly #refs: Ref[];
  readonly #layers: CalledLayer[] = [];
  /** The layers of a node that has weights of its own: the layer, and perhaps its activation. */
  readonly #written = new Map<string, readonly CalledLayer[]>();

  readonly #target: Target;

  constructor(model: Architecture, all: Readonly<Record<string, NDArray>>, target: Target) {
    this.#model = model;
    this.#all = all;
    this.#target = target;
    this.#refs = Object.keys(model.inputs).map((name) => [name, 0, 0]);
  }

  write(node: ModelNode): void {
    const start = this.#startOf(node);
    const [layer, ...after] = this.#layersOf(node);
    const from = node.from.map((number) => this.#refs[number]);
    const call = layer.calls.push({ from, start }) - 1;
    let last: Ref = [layer.name, call, 0];
    for (const next of after) last = [next.name, next.calls.push({ from: [last], start: [] }) - 1, 0];
    this.#refs[node.signal] = last;
    for (const other of Object.values(node.others)) this.#refs[other] = [layer.name, call, 1];
  }

  model(): FunctionalModel {
    const { inputs, outputs } = this.#model;
    return {
      inputs: Object.entries(inputs).map(([name, { shape }]) => ({ name, shape: batchShape(shape) })),
      layers: this.#layers.map((layer) => ({ ...layer, config: withState(layer) })),
      outputs: Object.values(outputs).map(({ signal }) => this.#refs[signal]),
    };
  }

  #layersOf(node: ModelNode): readonly CalledLayer[] {
    const known = this.#written.get(node.owner);
    if (known) return known;
    const owner = this.#model.nameOf(node);
    const { layer } = node;
    const name = this.#model.isChain ? `${layer.kind}_${node.name}` : node.name;
    const shape = shapeOf(this.#model, node.from[0]);
    const weights = ownWeights(node, this.#all);
    const written = named(
      name,
      writtenLayers({ owner, name, layer, shape, weights, target: this.#target }),
    ).map((layer) => ({
      ...layer,
      calls: [],
      returnsState: false,
    }));
    const masks = written.some(
      ({ className, config }) => className === 'Masking' || config.mask_zero === true,
    );
    if (masks && !this.#model.isChain)
      throw new UnsupportedError(
        `${owner}: masks can be exported only in a model of one layer after another`,
      );
    this.#layers.push(...written);
    this.#written.set(node.name, written);
    return written;
  }

  /** The tensors of the initial state. */
  #startOf(node: ModelNode): Ref[] {
    const { initialState, built } = node;
    if (!initialState) return [];
    const owner = this.#model.nameOf(node);
    if (built.sharedState)
      throw new UnsupportedError(
        `${owner}: the initial state of a Bidirectional cannot be exported to ${this.#target}`,
      );
    if (!('node' in initialState)) {
      const { signals } = initialState;
      if (signals.length === built.stateSizes?.length) return signals.map((number) => this.#refs[number]);
      throw new UnsupportedError(
        `${owner}: ${this.#target} needs all ${built.stateSizes?.length} tensors of the initial state, not ${signals.length}`,
      );
    }
    const from = this.#model.nodes.find(({ name }) => name === initialState.node) as ModelNode;
    const [layer] = this.#written.get(from.owner) as readonly CalledLayer[];
    layer.returnsState = true;
    const [name, call] = this.#refs[from.signal];
    const outputs = 1 + Object.keys(from.others).length;
    const states = (from.built.stateSizes ?? []).map((_, i): Ref => [name, call, outputs + i]);
    if (!initialState.shared) return states;
    const half = states.length / 2;
    return states
      .slice(0, half)
      .map((ahead, i) => this.#join(`${from.name}_state_${i}`, ahead, states[half + i]));
  }

  /** One tensor of the state of both directions. */
  #join(name: string, ahead: Ref, back: Ref): Ref {
    if (!this.#layers.some((layer) => layer.name === name)) {
      this.#layers.push({
        name,
        className: 'Concatenate',
        config: { axis: -1 },
        weights: {},
        calls: [{ from: [ahead, back], start: [] }],
        returnsState: false,
      });
    }
    return [name, 0, 0];
  }
}

/** The configuration with `return_state`, in a Bidirectional that of the layers inside. */
function withState({ config, className, returnsState }: CalledLayer): Config {
  if (!returnsState) return config;
  if (className !== 'Bidirectional') return { ...config, return_state: true };
  const inside = ['layer', 'backward_layer'].flatMap((key) => {
    const layer = config[key] as { config: object } | undefined;
    return layer ? [[key, { ...layer, config: { ...layer.config, return_state: true } }] as const] : [];
  });
  return { ...config, ...Object.fromEntries(inside) };
}
