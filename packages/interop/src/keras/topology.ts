import { FormatError, UnsupportedError } from '@recurra/core';
import { isRecord } from '@recurra/core/backend';
import type { KerasVersion } from './activations.js';
import { type CallInputs, readCalls, readRefs, type TensorRef } from './calls.js';
import { Config, text } from './config.js';

/** A layer in the configuration of a Keras model. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Config;
}

/** One call of a layer. */
export interface KerasCall extends CallInputs {
  readonly layer: KerasLayer;
  readonly call: number;
}

/** A Keras model as the graph of its layers. */
export interface Topology {
  readonly version: KerasVersion;
  /** Without the input layers, in the order of the file. */
  readonly layers: readonly KerasLayer[];
  /** In the order in which they run. */
  readonly calls: readonly KerasCall[];
  /** The shape is without the batch, and null for any number of steps. */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | null)[] }[];
  readonly outputs: readonly TensorRef[];
  /** Of a model of one layer after another: the names of its input and output in Keras. */
  readonly chain?: { readonly inputName: string; readonly outputName: string };
}

/** Even very deep networks have only hundreds of layers. */
const maxLayers = 10_000;

/**
 * The layers of a Sequential or functional model.
 *
 * @param model `{ class_name, config }`
 * @param kerasVersion the version in the file: `3.5.0`, `tfjs-layers 4.22.0`
 * @throws FormatError for a description that is not a Keras model; UnsupportedError for a model of another class
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
  const given = config.get('layers');
  if (!Array.isArray(given) || given.length === 0) {
    throw new FormatError(`the model's layers must be a list of at least one, not ${text(given)}`);
  }
  if (given.length > maxLayers) {
    throw new UnsupportedError(`a model of ${given.length} layers is not supported, only up to ${maxLayers}`);
  }
  const layers = given.map(readLayer);
  const version = versionOf(kerasVersion);
  return { version, ...(functional ? functionalModel(config, layers) : sequentialModel(config, layers)) };
}

function versionOf(written: unknown): KerasVersion {
  const major = typeof written === 'string' ? written.split('.')[0] : undefined;
  return major === '3' ? 3 : major === '2' ? 2 : 'tfjs';
}

interface ReadLayer extends KerasLayer {
  readonly inbound: unknown;
}

function readLayer(layer: unknown, index: number): ReadLayer {
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

function sequentialModel(config: Config, all: readonly ReadLayer[]): Omit<Topology, 'version'> {
  const [first] = all;
  const inputName = first.className === 'InputLayer' ? first.name : `${first.name}_input`;
  const layers = all.filter(({ className }) => className !== 'InputLayer');
  const from = (i: number) => ({ layer: i === 0 ? inputName : layers[i - 1].name, call: 0, index: 0 });
  return {
    layers,
    calls: layers.map((layer, i) => ({ layer, call: 0, inputs: [from(i)], initialState: [], causal: false })),
    inputs: [{ name: inputName, shape: inputShape(config, first) }],
    outputs: [from(layers.length)],
    chain: { inputName, outputName: all[all.length - 1].name },
  };
}

function functionalModel(config: Config, all: readonly ReadLayer[]): Omit<Topology, 'version'> {
  const byName = new Map(all.map((layer) => [layer.name, layer]));
  if (byName.size < all.length) throw new FormatError('two layers of the model have the same name');
  const inputRefs = readRefs('input_layers', config.get('input_layers') ?? []);
  const inputs = inputRefs.map(({ layer: name }) => {
    const layer = byName.get(name);
    if (layer?.className !== 'InputLayer')
      throw new FormatError(`input_layers: ${text(name)} is not an input layer of the model`);
    return { name, shape: inputShape(config, layer) };
  });
  const layers = all.filter(({ className }) => className !== 'InputLayer');
  const unnamed = all.find(
    (layer) => !layers.includes(layer) && !inputs.some(({ name }) => name === layer.name),
  );
  if (unnamed) throw new FormatError(`${unnamed.config.owner} is not in input_layers`);
  const outputs = readRefs('output_layers', config.get('output_layers') ?? []);
  if (inputs.length === 0 || outputs.length === 0)
    throw new FormatError('a functional model must have an input and an output');
  const calls = ordered(
    layers.flatMap((layer) =>
      readCalls(layer.className, layer.config, layer.inbound).map((call, i) => ({ layer, call: i, ...call })),
    ),
    inputs.map(({ name }) => name),
  );
  const isChain =
    inputs.length === 1 &&
    outputs.length === 1 &&
    calls.length === layers.length &&
    calls.every(
      ({ inputs: from, initialState }, i) =>
        initialState.length === 0 &&
        from.length === 1 &&
        from[0].index === 0 &&
        from[0].layer === (i === 0 ? inputs[0].name : calls[i - 1].layer.name),
    ) &&
    outputs[0].index === 0 &&
    outputs[0].layer === calls.at(-1)?.layer.name;
  return {
    layers,
    calls,
    inputs,
    outputs,
    ...(isChain && { chain: { inputName: inputs[0].name, outputName: outputs[0].layer } }),
  };
}

/** The calls in the order in which they run. @throws FormatError for a call that needs itself, or what is missing */
function ordered(calls: readonly KerasCall[], inputs: readonly string[]): KerasCall[] {
  const keyOf = (layer: string, call: number) => `${call} ${layer}`;
  const done = new Set(inputs.map((name) => keyOf(name, 0)));
  const result: KerasCall[] = [];
  const waiting = new Map<string, KerasCall[]>();
  const missing = ({ inputs, initialState }: KerasCall) =>
    [...inputs, ...initialState].find(({ layer, call }) => !done.has(keyOf(layer, call)));
  const ready = [...calls].reverse();
  for (let call = ready.pop(); call; call = ready.pop()) {
    const wanted = missing(call);
    if (wanted) {
      const key = keyOf(wanted.layer, wanted.call);
      waiting.set(key, [...(waiting.get(key) ?? []), call]);
      continue;
    }
    const key = keyOf(call.layer.name, call.call);
    done.add(key);
    result.push(call);
    ready.push(...(waiting.get(key) ?? []).reverse());
    waiting.delete(key);
  }
  if (result.length === calls.length) return result;
  const stuck = calls.find((call) => missing(call)) as KerasCall;
  throw new FormatError(
    `${stuck.layer.config.owner} takes the output of ${text(missing(stuck)?.layer)}, which is not there: the layers form a circle, or one is missing`,
  );
}

function inputShape(model: Config, { config, className }: KerasLayer): readonly (number | null)[] {
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
