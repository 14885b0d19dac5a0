import { FormatError, UnsupportedError } from '@recurra/core';
import { isRecord } from '@recurra/core/backend';
import type { KerasVersion } from './activations.js';
import { Config, text } from './config.js';

/** A layer in the configuration of a Keras model. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Config;
}

/** A Keras model that is a sequence of layers. */
export interface Topology {
  readonly version: KerasVersion;
  /** Without the batch; null for any number of steps. */
  readonly inputShape: readonly (number | null)[];
  /** The names of the input and output in Keras. */
  readonly inputName: string;
  readonly outputName: string;
  /** Without the input layer. */
  readonly layers: readonly KerasLayer[];
}

/** Even very deep networks have only hundreds of layers. */
const maxLayers = 10_000;

/**
 * The layers of a Sequential model, or of a functional model that is a sequence of layers, in order.
 *
 * @param model `{ class_name, config }`
 * @param kerasVersion the version in the file: `3.5.0`, `tfjs-layers 4.22.0`
 * @throws FormatError for a description that is not a Keras model; UnsupportedError for a model with branches
 */
export function readTopology(model: unknown, kerasVersion: unknown): Topology {
  if (!isRecord(model)) throw new FormatError(`the model must be { class_name, config }, not ${text(model)}`);
  const kind = model.class_name;
  const functional = kind === 'Functional' || kind === 'Model';
  if (!functional && kind !== 'Sequential') {
    throw new UnsupportedError(
      `a model of class ${text(kind)} is not supported; supported: Sequential and Functional`,
    );
  }
  // Before Keras 2.2.3, the config of a Sequential is only the list of its layers.
  const config = new Config(
    'the model',
    Array.isArray(model.config) ? { layers: model.config } : model.config,
  );
  const configs = config.get('layers');
  if (!Array.isArray(configs) || configs.length === 0) {
    throw new FormatError(`the model's layers must be a list of at least one, not ${text(configs)}`);
  }
  if (configs.length > maxLayers) {
    throw new UnsupportedError(
      `a model of ${configs.length} layers is not supported, only up to ${maxLayers}`,
    );
  }
  const layers = configs.map(readLayer);
  const ordered = functional ? singlePath(config, layers) : layers;
  const [first] = ordered;
  return {
    version: versionOf(kerasVersion),
    inputName: first.className === 'InputLayer' ? first.name : `${first.name}_input`,
    outputName: ordered[ordered.length - 1].name,
    inputShape: inputShape(config, ordered),
    layers: ordered.filter(({ className }) => className !== 'InputLayer'),
  };
}

function versionOf(written: unknown): KerasVersion {
  const major = typeof written === 'string' ? written.split('.')[0] : undefined;
  return major === '3' ? 3 : major === '2' ? 2 : 'tfjs';
}

interface Node extends KerasLayer {
  readonly inbound: unknown;
}

function readLayer(layer: unknown, index: number): Node {
  if (!isRecord(layer) || typeof layer.class_name !== 'string' || !isRecord(layer.config)) {
    throw new FormatError(`layer ${index} must be { class_name, config }, not ${text(layer)}`);
  }
  const name = layer.config.name ?? layer.name;
  if (typeof name !== 'string') throw new FormatError(`layer ${index}: the name must be a string`);
  const owner = `${name} (${layer.class_name})`;
  return {
    className: layer.class_name,
    name,
    config: new Config(owner, layer.config),
    inbound: layer.inbound_nodes,
  };
}

/** Orders the layers, each of which must have one input and one output. */
function singlePath(config: Config, layers: readonly Node[]): Node[] {
  const inputs = layerNames(config.get('input_layers'));
  const outputs = layerNames(config.get('output_layers'));
  if (inputs?.length !== 1 || outputs?.length !== 1) {
    throw new UnsupportedError('a functional model must have one input and one output');
  }
  const next = new Map<string, Node>();
  let start: Node | undefined;
  for (const layer of layers) {
    const from = sourcesOf(layer);
    if (from.length === 0 && layer.name === inputs[0]) start = layer;
    else if (from.length !== 1) {
      throw new UnsupportedError(
        `${layer.config.owner} has ${from.length} inputs; only models without branches are supported`,
      );
    } else if (next.has(from[0])) {
      throw new UnsupportedError(
        `the output of ${from[0]} is used by ${next.get(from[0])?.name} and ${layer.name}; only models without branches are supported`,
      );
    } else next.set(from[0], layer);
  }
  const path: Node[] = [];
  for (let layer = start; layer && path.length <= layers.length; layer = next.get(layer.name))
    path.push(layer);
  if (path.length !== layers.length || path[path.length - 1].name !== outputs[0]) {
    throw new UnsupportedError('only functional models that are one sequence of layers are supported');
  }
  return path;
}

/** Reads `[["a", 0, 0], …]` or, for one layer in Keras 3, `["a", 0, 0]`. */
function layerNames(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const list = typeof value[0] === 'string' ? [value] : value;
  const names = list.map((entry) => (Array.isArray(entry) ? entry[0] : undefined));
  return names.every((name) => typeof name === 'string') ? names : undefined;
}

/**
 * The names of the layers whose outputs a layer uses. Keras 2 and tfjs-layers write
 * `[[["a", node, tensor, {}]]]`, Keras 3 `[{ args: [{ config: { keras_history: ["a", node, tensor] } }] }]`.
 */
function sourcesOf({ config, inbound }: Node): string[] {
  const calls = inbound ?? [];
  if (!Array.isArray(calls)) throw new FormatError(`${config.owner}: inbound_nodes must be a list`);
  if (calls.length > 1) {
    throw new UnsupportedError(
      `${config.owner} is called ${calls.length} times; shared layers are not supported`,
    );
  }
  return calls.flatMap((call) => {
    const args = isRecord(call) ? call.args : call;
    if (!Array.isArray(args)) throw new FormatError(`${config.owner}: inbound_nodes ${text(inbound)}`);
    return args.map((argument) => {
      const tensor =
        isRecord(argument) && isRecord(argument.config) ? argument.config.keras_history : argument;
      if (!Array.isArray(tensor) || typeof tensor[0] !== 'string') {
        throw new UnsupportedError(`${config.owner}: the input ${text(argument)} is not a single tensor`);
      }
      if (tensor[2] !== 0) {
        throw new UnsupportedError(
          `${config.owner} uses output ${text(tensor[2])} of ${tensor[0]}, a state, which is not supported`,
        );
      }
      return tensor[0];
    });
  });
}

function inputShape(model: Config, [first]: readonly KerasLayer[]): readonly (number | null)[] {
  const { config, className } = first;
  const shape =
    config.get('batch_input_shape') ??
    config.get('batch_shape') ??
    model.get('build_input_shape') ??
    (className === 'Embedding' ? [null, config.get('input_length') ?? null] : undefined);
  const sizes = Array.isArray(shape) ? shape.slice(1) : [];
  if (sizes.length === 0 || !sizes.every((size) => size === null || Number.isSafeInteger(size))) {
    throw new FormatError(`the model's input shape must be [batch, …], not ${text(shape)}`);
  }
  return sizes;
}
