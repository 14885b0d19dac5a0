import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';
import { OptionError, ShapeError, StateError, UnsupportedError } from '../errors.js';
import { checkTensor, type HostTensor, uploadAll } from '../host-arrays.js';
import type { Int8State } from '../int8/matrix.js';
import type { Lengths, Signal } from '../layers/layer.js';
import type { Architecture, ModelNode } from '../model/architecture.js';
import { isRecord, show } from '../options.js';
import type { Random } from '../random.js';
import { release } from '../release.js';
import { Tape } from '../tape/tape.js';
import { CarriedState } from './carried-state.js';
import type { ForwardOptions, ForwardResult, InputSignal } from './forward.js';
import { runNodes } from './run-nodes.js';

/** The names of a node's own tensors: in the layer, and in the network. */
type OwnNames = readonly { readonly own: string; readonly name: string }[];

/** A model's weights on a backend, and its forward pass: the part that prediction and training share. */
export class NetworkBase<Model extends Architecture = Architecture> {
  readonly model: Model;
  readonly backend: Backend;
  readonly seed: number;
  /** True if the network uses the backend's fused kernels. */
  readonly fused: boolean;
  /** The int8 weights of a quantised network; undefined for others. */
  readonly int8?: Int8State;
  /**
   * The trained parameters by name: `decoder.kernel`; in a chain the layer's index comes first, `0.kernel`. An optimizer
   * replaces the tensors.
   */
  readonly parameters = new Map<string, Tensor>();
  /** The values that are saved but not trained, by name: the buffers of layers, and frozen parameters. */
  readonly buffers = new Map<string, Tensor>();
  /** The state that stateful layers carry over from batch to batch. */
  readonly carried: CarriedState;
  readonly #parameterNames: ReadonlyMap<ModelNode, OwnNames>;
  readonly #bufferNames: ReadonlyMap<ModelNode, OwnNames>;
  #disposed = false;

  /** @param start the values of every parameter and buffer, checked */
  constructor(
    model: Model,
    backend: Backend,
    { seed, fused, int8 }: { readonly seed: number; readonly fused: boolean; readonly int8?: Int8State },
    start: Iterable<readonly [string, HostTensor]>,
  ) {
    this.model = model;
    this.backend = backend;
    this.seed = seed;
    this.fused = fused;
    this.int8 = int8;
    this.carried = new CarriedState(backend);
    this.#parameterNames = ownNames(model, ({ parameters }) => parameters);
    this.#bufferNames = ownNames(model, ({ buffers = {} }) => buffers);
    const parameters = model.parameters();
    for (const [name, tensor] of uploadAll(backend, start))
      (parameters.get(name)?.trainable ? this.parameters : this.buffers).set(name, tensor);
  }

  /** A tape on this network's backend, for a custom training loop. */
  tape(): Tape {
    this.check();
    return new Tape(this.backend, { fused: this.fused });
  }

  /**
   * Runs the layers on `tape`. `fit` and `predict` use this method; a custom training loop can use it too.
   *
   * @param input the input of a chain; for a graph an object with each input by name
   * @throws OptionError for an input that is missing; ShapeError for lengths that do not fit
   */
  forward(
    tape: Tape,
    input: InputSignal | Readonly<Record<string, InputSignal>>,
    options: ForwardOptions = {},
  ): ForwardResult {
    this.check();
    const { nodes, outputs } = this.model;
    const results = {
      signals: this.inputSignals(tape, input),
      state: {},
      buffers: new Map(),
      kernels: [],
    };
    if (!isRecord(options)) throw new OptionError(`forward: options must be an object, not ${show(options)}`);
    runNodes(this, tape, nodes, results, options);
    const { signals, state, buffers, kernels } = results;
    const named: Record<string, Signal> = {};
    let output: Signal | undefined;
    for (const name in outputs) {
      named[name] = signals[outputs[name].signal] as Signal;
      output ??= named[name];
    }
    return { output: output as Signal, outputs: named, state, buffers, kernels };
  }

  /** Checks the inputs and returns their signals, in the order of the model's inputs. */
  inputSignals(
    tape: Tape,
    input: InputSignal | Readonly<Record<string, InputSignal>>,
    names: readonly string[] = Object.keys(this.model.inputs),
  ): (Signal | undefined)[] {
    if (!(tape instanceof Tape))
      throw new OptionError(`forward: a tape is needed, as from network.tape(), not ${show(tape)}`);
    const { isChain, inputs } = this.model;
    if (!isRecord(input)) {
      const wanted = isChain ? '{ value, lengths }' : `{ ${names.join(', ')} }`;
      throw new OptionError(`forward: the input must be ${wanted}, not ${show(input)}`);
    }
    const named = (isChain ? { input } : input) as Readonly<Record<string, InputSignal>>;
    return Object.keys(inputs).map((name) =>
      names.includes(name) ? inputSignal(tape, isChain ? '' : `${name}: `, named[name]) : undefined,
    );
  }

  /** Resets the state of all stateful layers to zero. */
  resetStates(): void {
    this.carried.clear();
  }

  /** Frees the weights. Every later call throws a StateError, except that `dispose` may be called again. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.carried.clear();
    for (const all of [this.parameters, this.buffers]) {
      release(this.backend, all.values());
      all.clear();
    }
  }

  /** @throws StateError after {@link NetworkBase.dispose} */
  check(): void {
    if (this.#disposed) throw new StateError('this network has been disposed');
  }

  /**
   * Random numbers for a node, for example for dropout masks. Only a `Network` has them.
   * @throws UnsupportedError in a predictor
   */
  random(_step: number, _node: ModelNode, _purpose: string): Random {
    throw new UnsupportedError('a predictor has no random numbers; use loadNetwork');
  }

  /** A node's parameters, by their names in the layer. */
  weightsOf(node: ModelNode): Record<string, Tensor> {
    return this.#pick(this.#parameterNames.get(node) as OwnNames);
  }

  /** A node's buffers, by their names in the layer. */
  buffersOf(node: ModelNode, _updated?: ReadonlyMap<string, Tensor>): Record<string, Tensor> {
    return this.#pick(this.#bufferNames.get(node) as OwnNames);
  }

  #pick(names: OwnNames): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {};
    for (const { own, name } of names)
      tensors[own] = (this.parameters.get(name) ?? this.buffers.get(name)) as Tensor;
    return tensors;
  }
}

/** @throws OptionError unless `network` is one; StateError after it has been disposed */
export function checkNetwork(owner: string, network: NetworkBase): void {
  if (!(network instanceof NetworkBase))
    throw new OptionError(`${owner}: a network is needed, not ${show(network)}`);
  network.check();
}

function ownNames(
  { nodes }: Architecture,
  of: (built: ModelNode['built']) => Readonly<Record<string, unknown>>,
): ReadonlyMap<ModelNode, OwnNames> {
  return new Map(
    nodes.map((node) => [
      node,
      Object.keys(of(node.built)).map((own) => ({ own, name: `${node.owner}.${own}` })),
    ]),
  );
}

/** @param what the input's name in messages, with a colon; empty in a chain */
function inputSignal(tape: Tape, what: string, input: InputSignal): Signal {
  if (!isRecord(input))
    throw new OptionError(`forward: ${what}the input must be { value, lengths }, not ${show(input)}`);
  checkTensor(`forward: ${what}value`, input.value);
  return { value: input.value, lengths: uploadLengths(tape, input) };
}

function uploadLengths(
  tape: Tape,
  input: { value: Tensor; lengths?: readonly number[] },
): Lengths | undefined {
  if (!input.lengths) return undefined;
  const [T, B] = input.value.shape;
  const { lengths } = input;
  if (
    !Array.isArray(lengths) ||
    lengths.length !== B ||
    !lengths.every((length) => Number.isInteger(length) && length >= 0 && length <= T)
  ) {
    throw new ShapeError(`lengths must be ${B} whole numbers from 0 to ${T}, not ${show(lengths)}`);
  }
  return { rows: lengths, tensor: tape.constant(Float32Array.from(lengths), [B]) };
}
