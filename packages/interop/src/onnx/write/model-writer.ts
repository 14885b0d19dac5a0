/* The nodes of a model, written into one ONNX graph. */
import { RecurraError, type SignalShape, UnsupportedError } from '@recurra/core';
import type { Architecture, ModelNode } from '@recurra/core/files';
import { batchShape, shapeOf, stepSizes } from '../../ports.js';
import { GraphBuilder } from './graph-builder.js';
import { writeLayer } from './layers.js';
import { encodeModel, port } from './proto.js';
import { joinedState, splitState, zeros } from './state.js';
import type { WrittenWeight } from './weight.js';
import type { WrittenSignal } from './written-layer.js';

/** The oldest with LayerNormalization. */
const opset = 17;

/** The name of a value that could not be written. */
const unwritten = 'unwritten';

/** Whether a port has all steps of a sequence, batch-major, or one step. */
export type Steps = 'all' | 'one';

/** Writes nodes of a model into a graph, with inputs and outputs. */
export class ModelWriter {
  readonly graph = new GraphBuilder();
  /** By the signal's number. */
  readonly signals = new Map<number, WrittenSignal>();
  /** The final state by the node's name. */
  readonly states = new Map<string, readonly string[]>();
  readonly #inputs: ReturnType<typeof port>[] = [];
  readonly #outputs: ReturnType<typeof port>[] = [];
  readonly #problems: string[] = [];

  constructor(
    readonly model: Architecture,
    readonly weights: Readonly<Record<string, WrittenWeight>>,
  ) {}

  /** Adds an input for a signal. @param lengths the name of an input with the lengths of its rows; absent: none */
  addInput(number: number, name: string, shape: SignalShape, steps: Steps, lengths?: string): void {
    this.#inputs.push(
      port(name, shape.kind === 'tokens' ? 'int64' : 'float32', namedShape(name, shape, steps)),
    );
    if (lengths !== undefined) this.#inputs.push(port(lengths, 'int32', ['batch']));
    const value = toSignal(this.graph, name, shape, steps);
    this.signals.set(number, { name: value, ...(lengths !== undefined && { lengths }) });
  }

  /** Adds an input [batch, size], a tensor of a state, and returns its name. */
  addStateInput(name: string, size: number): string {
    this.#inputs.push(port(name, 'float32', ['batch', size]));
    return name;
  }

  /** Adds an output for a signal. @param lengths the name of an output for the lengths of its rows, if it has any */
  addOutput(number: number, name: string, shape: SignalShape, steps: Steps, lengths?: string): void {
    const written = this.signals.get(number) as WrittenSignal;
    this.graph.prefix = '';
    this.graph.rename(fromSignal(this.graph, written.name, shape, steps), name);
    this.#outputs.push(port(name, 'float32', namedShape(name, shape, steps)));
    if (lengths === undefined || written.lengths === undefined) return;
    this.graph.rename(written.lengths, lengths);
    this.#outputs.push(port(lengths, 'int32', ['batch']));
  }

  /** Adds an output [batch, size], a tensor of a state. */
  addStateOutput(value: string, name: string, size: number): void {
    this.graph.rename(value, name);
    this.#outputs.push(port(name, 'float32', ['batch', size]));
  }

  /**
   * Writes a node. What cannot be expressed is reported by {@link check}.
   * @param initialState names of tensors [batch, size]; absent: where the model says, or zeros
   */
  write(node: ModelNode, initialState?: readonly string[]): void {
    const { model, graph } = this;
    const owner = model.nodes.find(({ name }) => name === node.owner) as ModelNode;
    graph.prefix = `${node.label}/`;
    graph.weightPrefix = `${owner.label}/`;
    const inputs = node.from.map((number) => this.signals.get(number) as WrittenSignal);
    const { parameters, buffers = {}, stateSizes = [] } = node.built;
    const weights = Object.keys({ ...parameters, ...buffers }).map(
      (own) => [own, this.weights[`${node.owner}.${own}`]] as const,
    );
    try {
      const {
        output,
        others = {},
        state,
      } = writeLayer(graph, node.layer, {
        ...inputs[0],
        inputs,
        shapes: node.from.map((number) => shapeOf(model, number)),
        outputShape: node.built.outputShape,
        weights: Object.fromEntries(weights),
        initialState: initialState ?? this.startOf(node),
      });
      this.signals.set(node.signal, output);
      for (const other in others) this.signals.set(node.others[other], others[other]);
      if (state) this.states.set(node.name, state);
    } catch (error) {
      if (!(error instanceof RecurraError)) throw error;
      this.#problems.push(`${model.nameOf(node)}: ${error.message}`);
      // The nodes after it are written all the same, to report what cannot be expressed there.
      for (const number of [node.signal, ...Object.values(node.others)])
        this.signals.set(number, { ...inputs[0], name: unwritten });
      this.states.set(
        node.name,
        stateSizes.map(() => unwritten),
      );
    }
  }

  /** The state that a node starts from, as its tensors; undefined: zeros. */
  startOf({ built, initialState }: ModelNode): readonly string[] | undefined {
    if (!initialState) return undefined;
    const { graph } = this;
    const { stateSizes = [], sharedState } = built;
    let shared: readonly string[];
    if ('node' in initialState) {
      const theirs = this.states.get(initialState.node) as readonly string[];
      shared = initialState.shared ? joinedState(graph, theirs) : theirs;
    } else {
      const vectors = initialState.signals.map((number) => this.signals.get(number)?.name as string);
      const sizes = sharedState?.sizes ?? stateSizes;
      shared = sizes.map((size, i) => vectors[i] ?? zeros(graph, vectors[0], 0, size));
    }
    return sharedState ? splitState(graph, shared, stateSizes) : shared;
  }

  /**
   * The file.
   * @throws UnsupportedError that lists every node that cannot be expressed in ONNX, with the reason
   */
  encode(): Uint8Array {
    this.check();
    const { initializers, nodes } = this.graph;
    return encodeModel({ opset, inputs: this.#inputs, outputs: this.#outputs, initializers, nodes });
  }

  /** @throws UnsupportedError that lists every node that cannot be expressed in ONNX, with the reason */
  check(): void {
    if (this.#problems.length > 0)
      throw new UnsupportedError(`the model cannot be exported to ONNX:\n${this.#problems.join('\n')}`);
  }
}

/** Batch-major to time-major, a step to a sequence of one step, and an image to a vector of its pixels. */
function toSignal(graph: GraphBuilder, name: string, shape: SignalShape, steps: Steps): string {
  const timed = 'time' in shape;
  const pixels = stepSizes(shape).length === 3;
  const whole = timed && steps === 'all';
  const flat = pixels ? graph.add('Reshape', [name, graph.ints(...(whole ? [0, 0, -1] : [0, -1]))]) : name;
  if (whole) return graph.add('Transpose', [flat], { perm: shape.kind === 'tokens' ? [1, 0] : [1, 0, 2] });
  return timed ? graph.add('Unsqueeze', [flat, graph.ints(0)]) : flat;
}

/** The inverse of {@link toSignal}. */
function fromSignal(graph: GraphBuilder, name: string, shape: SignalShape, steps: Steps): string {
  const timed = 'time' in shape;
  const sizes = stepSizes(shape);
  const whole = timed && steps === 'all';
  const batchMajor = whole
    ? graph.add('Transpose', [name], { perm: [1, 0, 2] })
    : timed
      ? graph.add('Squeeze', [name, graph.ints(0)])
      : name;
  if (sizes.length !== 3) return batchMajor;
  return graph.add('Reshape', [batchMajor, graph.ints(...(whole ? [0, 0] : [0]), ...sizes)]);
}

/** A shape with names for the sizes that are not fixed. Ports may have unequal times, and equal names mean equal sizes. */
function namedShape(name: string, shape: SignalShape, steps: Steps): (number | string)[] {
  const sizes = steps === 'all' ? batchShape(shape) : [null, ...stepSizes(shape)];
  return sizes.map((size, axis) => size ?? (axis === 0 ? 'batch' : `${name}.time`));
}
