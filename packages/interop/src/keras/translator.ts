import {
  apply,
  FormatError,
  type Node,
  RecurraError,
  type SignalShape,
  UnsupportedError,
} from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { stepSizes } from '../ports.js';
import type { TensorRef } from './calls.js';
import type { Translated } from './layer-input.js';
import { translateLayer } from './layers.js';
import { afterLayer } from './masks.js';
import { slotsOf } from './slots.js';
import { joinedState, startOf, stateParts, type Value } from './states.js';
import type { KerasCall, KerasLayer, Topology } from './topology.js';
import type { WeightFile } from './weights.js';

/** The limit for one row of a layer's output: 1 GiB of float32. */
const maxElements = 2 ** 28;

/** A layer that was translated, at its first call. */
interface UsedLayer extends Required<Omit<Translated, 'arrange'>> {
  /** The node's name. */
  readonly name: string;
}

/** Applies the layers of a Keras model to nodes, call by call. */
export class Translator {
  /** In the order of their first calls. */
  readonly used: UsedLayer[] = [];
  readonly #topology: Topology;
  readonly #file: WeightFile;
  readonly #values = new Map<string, Value>();
  readonly #slots: ReadonlyMap<KerasLayer, string>;
  readonly #translated = new Map<KerasLayer, Translated>();

  constructor(topology: Topology, file: WeightFile) {
    this.#topology = topology;
    this.#file = file;
    this.#slots = slotsOf(topology.layers);
  }

  /** The shape of an input: of token ids if an Embedding takes it. */
  inputShape({ name, shape }: Topology['inputs'][number]): SignalShape {
    const users = this.#topology.calls.filter(({ inputs }) => inputs.some(({ layer }) => layer === name));
    const [a, b, c, d] = shape;
    if (shape.length === 1 && users.some(({ layer }) => layer.className === 'Embedding'))
      return { kind: 'tokens', time: a };
    if (shape.length === 1 && a !== null) return { kind: 'vector', features: a };
    if (shape.length === 2 && b !== null) return { kind: 'sequence', time: a, features: b };
    if (shape.length === 3 && a !== null && b !== null && c !== null)
      return { kind: 'image', height: a, width: b, channels: c };
    if (shape.length === 4 && b !== null && c !== null && d !== null)
      return { kind: 'frames', time: a, height: b, width: c, channels: d };
    throw new UnsupportedError(
      `a model whose input has the shape [batch, ${shape}] is not supported; supported: [batch, features], [batch, time, features], [batch, height, width, channels], [batch, time, height, width, channels] and, before an Embedding, [batch, time]`,
    );
  }

  setInput(name: string, node: Node): void {
    this.#values.set(keyOf({ layer: name, call: 0, index: 0 }), { node, mask: false });
  }

  translate({ layer, call, inputs, initialState, causal }: KerasCall): void {
    const { className, config } = layer;
    const set = (index: number, value: Value) =>
      this.#values.set(keyOf({ layer: layer.name, call, index }), value);
    const given = inputs.map((ref) => this.#value(layer, ref));
    const joined = className === 'Concatenate' ? joinedState(given) : undefined;
    if (joined) {
      set(0, { state: joined, mask: false });
      return;
    }
    const nodes = given.map(({ node }) => node ?? refuseState(layer));
    if (nodes.length === 0) throw new FormatError(`${config.owner} has no input`);
    const masks = given.map(({ mask }) => mask);
    const mask = afterLayer(layer, masks, nodes);
    const { layer: own, arrange = firstOf } = this.#layer(layer, nodes, causal);
    if (!own) {
      set(0, { node: nodes[0], mask });
      return;
    }
    const node = wrapped(config.owner, () =>
      apply(own as never, arrange(nodes) as never, {
        // Further calls of a layer are named by its kind.
        ...(call === 0 && { name: plain(layer.name) }),
        ...(initialState.length > 0 && {
          initialState: startOf(
            config.owner,
            initialState.map((ref) => this.#value(layer, ref)),
          ),
        }),
      }),
    ) as Node;
    checkExtent(config.owner, node.shape);
    const others = className === 'Bidirectional' && (config.get('merge_mode') ?? null) === null;
    set(0, { node, mask });
    if (others) set(1, { node: node.output('backward'), mask });
    for (const [i, state] of stateParts(layer, node).entries())
      set((others ? 2 : 1) + i, { state, mask: false });
  }

  outputs(refs: readonly TensorRef[]): Record<string, Node> {
    const outputs: Record<string, Node> = {};
    for (const ref of refs) {
      const { node } = this.#values.get(keyOf(ref)) ?? {};
      if (!node) {
        throw new UnsupportedError(
          `the output ${ref.layer} is ${this.#values.has(keyOf(ref)) ? 'a state' : 'not there'}; outputs must be those of layers`,
        );
      }
      const name = plain(ref.layer);
      outputs[Object.hasOwn(outputs, name) ? `${name}_${ref.call}_${ref.index}` : name] = node;
    }
    return outputs;
  }

  #value({ config }: KerasLayer, ref: TensorRef): Value {
    const value = this.#values.get(keyOf(ref));
    if (value) return value;
    throw new UnsupportedError(
      `${config.owner} uses output ${ref.index} of ${ref.layer}, which is not supported`,
    );
  }

  /** The layer in Recurra: the same one for each call, so that the weights are shared. */
  #layer(layer: KerasLayer, nodes: readonly Node[], causal: boolean): Translated {
    const known = this.#translated.get(layer);
    if (known) return known;
    const { className, name, config } = layer;
    const shapes = nodes.map(({ shape }) => shape);
    const translated = wrapped(config.owner, () =>
      translateLayer({
        className,
        config,
        version: this.#topology.version,
        shape: shapes[0],
        shapes,
        causal,
        features: stepSizes(shapes[0]).at(-1) ?? 1,
        location: { layer: name, slot: this.#slots.get(layer) as string, cell: false },
        file: this.#file,
      }),
    );
    this.#translated.set(layer, translated);
    const { layer: own, weights = {} } = translated;
    if (own) this.used.push({ layer: own, weights, name: plain(name) });
    return translated;
  }
}

function firstOf([x]: readonly Node[]): Node {
  return x;
}

function refuseState({ config }: KerasLayer): never {
  throw new UnsupportedError(`${config.owner} takes a state; only the initial state of a layer can be one`);
}

function keyOf({ layer, call, index }: TensorRef): string {
  return `${call} ${index} ${layer}`;
}

/** A name of Keras as that of a node, which has no full stops. */
export function plain(name: string): string {
  return name.replaceAll('.', '_');
}

/** Reports core's errors about impossible values as errors of the file. */
export function wrapped<T>(owner: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const own = error instanceof UnsupportedError || error instanceof FormatError;
    if (!(error instanceof RecurraError) || own) throw error;
    throw new FormatError(`${owner}: ${error.message}`, { cause: error });
  }
}

/** @throws UnsupportedError for a layer whose output for one row is too large for a backend */
function checkExtent(owner: string, shape: SignalShape): void {
  const steps = 'time' in shape ? (shape.time ?? 1) : 1;
  const elements = steps * sizeOf(stepSizes(shape));
  if (elements > maxElements) {
    throw new UnsupportedError(
      `${owner}: the output has ${elements} elements per row; the limit is ${maxElements}`,
    );
  }
}
