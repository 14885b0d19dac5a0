import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';
import type { NDArray } from '../data/ndarray.js';
import { OptionError, ShapeError, StateError } from '../errors.js';
import { checkTensor, type HostTensor, uploadAll } from '../host-arrays.js';
import type { CellTrace, Lengths, Signal } from '../layers/layer.js';
import type { Architecture } from '../model/architecture.js';
import { isRecord, show } from '../options.js';
import { seededRandom } from '../random.js';
import { release } from '../release.js';
import type { KernelUse } from '../tape/recorder.js';
import { Tape } from '../tape/tape.js';
import { CarriedState } from './carried-state.js';

/** A kernel that a layer used. */
export interface LayerKernel extends KernelUse {
  /** The layer's index and kind: `0.lstm`. */
  readonly layer: string;
}

export interface ForwardOptions {
  /** True to apply dropout. Default false. */
  readonly training?: boolean;
  /** The initial state of each layer. A layer that is missing, or has an empty list, starts from zero. */
  readonly initialState?: readonly (readonly Tensor[])[];
  /** The training step, which seeds the dropout masks: each step draws different masks. Default 0. */
  readonly step?: number;
  /**
   * Reports all values that the cells of the recurrent layers compute: for every recurrent layer, or only for the one
   * with the index `layer`. These layers run composed, not fused. `part` is the direction of a bidirectional layer,
   * otherwise empty.
   */
  readonly watchCells?: {
    readonly layer?: number;
    readonly see: (layer: number, part: string, trace: CellTrace) => void;
  };
  /** Called with each layer's index and kind, and its output (the first one of a layer with two). */
  readonly watchOutputs?: (layer: string, output: Tensor) => void;
}

export interface ForwardResult {
  /** The network's output. */
  readonly output: Signal;
  /** All outputs: two if the last layer is `bidirectional` with merge 'none', otherwise only `output`. */
  readonly outputs: readonly Signal[];
  /** The final state of each layer; an empty list for a layer without state. */
  readonly state: readonly (readonly Tensor[])[];
  readonly kernels: readonly LayerKernel[];
}

/**
 * The name of a layer, and the names of its parameters, both inside the layer and in {@link NetworkBase.parameters}.
 */
interface LayerNames {
  readonly layer: string;
  readonly parameters: readonly (readonly [own: string, name: string])[];
}

/** A model's weights on a backend, and its forward pass: the part that prediction and training share. */
export class NetworkBase<Model extends Architecture = Architecture> {
  readonly model: Model;
  readonly backend: Backend;
  readonly seed: number;
  /** True if the network uses the backend's fused kernels. */
  readonly fused: boolean;
  /**
   * The weights, keyed by the layer's index and the parameter's name: `0.kernel`. An optimizer replaces the tensors.
   */
  readonly parameters = new Map<string, Tensor>();
  /** The state that stateful layers carry over from batch to batch. */
  readonly carried: CarriedState;
  /** One entry for each layer. */
  readonly #names: readonly LayerNames[];
  #disposed = false;

  /** @param start the initial weights of every parameter, already checked */
  constructor(
    model: Model,
    backend: Backend,
    { seed, fused }: { readonly seed: number; readonly fused: boolean },
    start: Iterable<readonly [string, HostTensor]>,
  ) {
    this.model = model;
    this.backend = backend;
    this.seed = seed;
    this.fused = fused;
    this.carried = new CarriedState(backend);
    this.#names = model.built.map(({ parameters }, index) => ({
      layer: `${index}.${model.layers[index].kind}`,
      parameters: Object.keys(parameters).map((name) => [name, `${index}.${name}`]),
    }));
    for (const [name, tensor] of uploadAll(backend, start)) this.parameters.set(name, tensor);
  }

  /** A tape on this network's backend, for a custom training loop. */
  tape(): Tape {
    this.check();
    return new Tape(this.backend, { fused: this.fused });
  }

  /**
   * Runs the layers on `tape`. `fit` and `predict` use this method; a custom training loop can use it too.
   *
   * @param input.value time-major: [T, B, F]; [B, F]; or token ids [T, B]
   * @param input.lengths the number of valid steps in each row; default all
   */
  forward(
    tape: Tape,
    input: { readonly value: Tensor; readonly lengths?: readonly number[] },
    options: ForwardOptions = {},
  ): ForwardResult {
    this.check();
    checkForward(tape, input, options);
    const { training = false, initialState = [], step = 0, watchCells, watchOutputs } = options;
    let outputs: readonly Signal[] = [{ value: input.value, lengths: uploadLengths(tape, input) }];
    const state: (readonly Tensor[])[] = [];
    const kernels: LayerKernel[] = [];
    for (let index = 0; index < this.#names.length; index++) {
      const layer = this.model.built[index];
      const from = tape.kernelLog.length;
      const start = initialState[index] ?? [];
      if (start.length > 0 && !layer.stateSizes) {
        throw new OptionError(`initialState: ${this.model.nameOf(index)}, has no state`);
      }
      const [before] = outputs;
      const watched = watchCells && (watchCells.layer ?? index) === index;
      const result = layer.apply(tape, before, {
        weights: this.#weightsOf(index),
        training,
        state: start.length > 0 ? start : undefined,
        random: (name) => seededRandom(this.seed, 'dropout', step, index, name),
        watchCell: watched ? (part, trace) => watchCells.see(index, part, trace) : undefined,
      });
      outputs = result.outputs.map((output) => withLengths(before, output));
      watchOutputs?.(this.#names[index].layer, outputs[0].value);
      state.push(result.state ?? []);
      for (let i = from; i < tape.kernelLog.length; i++) {
        const { kernel, implementation, reason } = tape.kernelLog[i];
        kernels.push({ layer: this.#names[index].layer, kernel, implementation, reason });
      }
    }
    return { output: outputs[0], outputs, state, kernels };
  }

  /** Copies the weights to the host. */
  async getWeights(): Promise<Record<string, NDArray>> {
    this.check();
    const read = async ([name, tensor]: [string, Tensor]) => {
      const data = await this.backend.read(tensor);
      return [name, { data, shape: [...tensor.shape] }] as const;
    };
    return Object.fromEntries(await Promise.all([...this.parameters].map(read)));
  }

  /** Replaces weights by others, which the caller has checked. */
  replaceWeights(weights: Iterable<readonly [string, HostTensor]>): void {
    for (const [name, tensor] of uploadAll(this.backend, weights)) {
      this.backend.free(this.parameters.get(name) as Tensor);
      this.parameters.set(name, tensor);
    }
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
    release(this.backend, this.parameters.values());
    this.parameters.clear();
  }

  /** @throws StateError after {@link NetworkBase.dispose} */
  check(): void {
    if (this.#disposed) throw new StateError('this network has been disposed');
  }

  #weightsOf(index: number): Record<string, Tensor> {
    const weights: Record<string, Tensor> = {};
    for (const [own, name] of this.#names[index].parameters) {
      weights[own] = this.parameters.get(name) as Tensor;
    }
    return weights;
  }
}

/**
 * Adds the lengths and the mask of a layer's input to its output, if the output is a sequence with the same number of
 * steps and does not have its own.
 */
function withLengths({ value: x, lengths, mask }: Signal, output: Signal): Signal {
  if (!lengths && !mask) return output;
  const { shape } = output.value;
  const alike = shape.length === 3 && shape[0] === x.shape[0] && shape[1] === x.shape[1];
  return alike ? { lengths, mask, ...output } : output;
}

function checkForward(tape: unknown, input: unknown, options: unknown): void {
  if (!(tape instanceof Tape)) {
    throw new OptionError(`forward: expected a tape, as from network.tape(), not ${show(tape)}`);
  }
  if (!isRecord(input))
    throw new OptionError(`forward: the input must be { value, lengths }, not ${show(input)}`);
  if (!isRecord(options)) throw new OptionError(`forward: options must be an object, not ${show(options)}`);
  checkTensor('forward: value', input.value);
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
