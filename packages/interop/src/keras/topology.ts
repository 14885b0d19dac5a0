import { FormatError, UnsupportedError } from '@recurra/core';
import { isRecord } from '@recurra/core/backend';
import type { KerasVersion } from './activations.js';
import { Config, text } from './config.js';

/** One layer as a Keras model describes it. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Config;
}

/** A Keras model whose layers follow one another. */
export interface Topology {
  readonly version: KerasVersion;
  /** Without the batch; null for any time. */
  readonly inputShape: readonly (number | null)[];
  /** As Keras calls the model's input and output. */
  readonly inputName: string;
  readonly outputName: string;
  /** Without the input layer. */
  readonly layers: readonly KerasLayer[];
}

/** The deepest networks have some hundreds. */
const maxLayers = 10_000;

/**
 * The layers of a Sequential model, or of a functional one that has a single path, in their order.
 *
 * @param model `{ class_name, config }`
 * @param kerasVersion as the file has it: `3.5.0`, `tfjs-layers 4.22.0`
 * @throws FormatError for what is no Keras model; UnsupportedError for one that branches
 */
export function readTopology(model: unknown, kerasVersion: unknown): Topology {
  if (!isRecord(model)) throw new FormatError(`the model must be { class_name, config }, not ${text(model)}`);
  const kind = model.class_name;
  const functional = kind === 'Functional' || kind === 'Model';
  if (!functional && kind !== 'Sequential') {
    throw new UnsupportedError(
      `a model of class ${text(kind)} is not supported; Sequential and Functional are`,
    );
  }
  // Keras before 2.2.3 keeps the bare list of a Sequential's layers.
  const config = new Config(
    'the model',
    Array.isArray(model.config) ? { layers: model.config } : model.config,
  );
  const given = config.get('layers');
  if (!Array.isArray(given) || given.length === 0) {
    throw new FormatError(`the model's layers must be a list of at least one, not ${text(given)}`);
  }
  if (given.length > maxLayers) {
    throw new UnsupportedError(
      `a model of ${given.length} layers is not supported, only up to ${maxLayers} are`,
    );
  }
  const layers = given.map(readLayer);
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
  if (typeof name !== 'string') throw new FormatError(`layer ${index}: its name must be a string`);
  const owner = `${name} (${layer.class_name})`;
  return {
    className: layer.class_name,
    name,
    config: new Config(owner, layer.config),
    inbound: layer.inbound_nodes,
  };
}

/** Follows the one output of each layer to the one layer that takes it. */
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
        `${layer.config.owner} takes ${from.length} inputs; only models of a single path are supported`,
      );
    } else if (next.has(from[0])) {
      throw new UnsupportedError(
        `the output of ${from[0]} goes to ${next.get(from[0])?.name} and ${layer.name}; only models of a single path are supported`,
      );
    } else next.set(from[0], layer);
  }
  const path: Node[] = [];
  for (let layer = start; layer && path.length <= layers.length; layer = next.get(layer.name))
    path.push(layer);
  if (path.length !== layers.length || path[path.length - 1].name !== outputs[0]) {
    throw new UnsupportedError('only functional models are supported whose layers follow one another');
  }
  return path;
}

/** `[["a", 0, 0], …]`, or as Keras 3 has it, `["a", 0, 0]` for one. */
function layerNames(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const list = typeof value[0] === 'string' ? [value] : value;
  const names = list.map((entry) => (Array.isArray(entry) ? entry[0] : undefined));
  return names.every((name) => typeof name === 'string') ? names : undefined;
}

/**
 * The names of the layers that a layer is called on. Keras 2 and tfjs-layers have
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
        throw new UnsupportedError(`${config.owner}: its input ${text(argument)} is not a single tensor`);
      }
      if (tensor[2] !== 0) {
        throw new UnsupportedError(
          `${config.owner} takes output ${text(tensor[2])} of ${tensor[0]}, a state`,
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
