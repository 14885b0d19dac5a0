import { CarriedState } from './carried-state.js';
import type { Backend } from './contract/backend.js';
import type { Tensor } from './contract/tensor.js';
import type { NDArray, NDArrayInput, NestedNumbers } from './data/ndarray.js';
import type { Samples } from './data/samples.js';
import { OptionError, ShapeError, StateError } from './errors.js';
import { encodeModel } from './files/model-file.js';
import { checkNumbers, checkTensor, checkWeights, type HostTensor, uploadAll } from './host-arrays.js';
import { initialize } from './initializers.js';
import { type Inspection, type InspectOptions, inspect } from './inspect.js';
import type { CellTrace, Lengths, Signal } from './layers/layer.js';
import type { Model } from './model.js';
import { boolean, checkOptions, isRecord, optional, show } from './options.js';
import { type Input, type Prediction, type PredictOptions, predict, predictAll } from './predict.js';
import { random } from './random.js';
import { release } from './release.js';
import { Stream } from './stream.js';
import type { KernelUse } from './tape/recorder.js';
import { Tape } from './tape/tape.js';
import { type EvaluateOptions, evaluate, type Scores } from './training/evaluate.js';
import { fit } from './training/fit.js';
import type { FitOptions } from './training/options.js';
import type { TrainingRun } from './training/run.js';

/** A kernel that a layer used. */
export interface LayerKernel extends KernelUse {
  /** Index and kind: `0.lstm`. */
  readonly layer: string;
}

export interface ForwardOptions {
  /** Dropout is on. Default false. */
  readonly training?: boolean;
  /** By layer: where its state starts. A layer that is missing, or has an empty list, starts from zero. */
  readonly initialState?: readonly (readonly Tensor[])[];
  /** Which dropout masks are drawn: another number, other masks. Default 0. */
  readonly step?: number;
  /** Asked for the output of each time step of each recurrent layer, by the layer's name, so that its gradient can be seen. */
  readonly watchSteps?: (layer: string, steps: readonly Tensor[]) => void;
  /** Asks the layer of this index, a recurrent one, for all that its cell computes; it then runs composed. `part` is empty, or the direction. */
  readonly watchCell?: {
    readonly layer: number;
    readonly see: (part: string, trace: CellTrace) => void;
  };
  /** Given the output of each layer (the first of two), by the layer's index and kind. */
  readonly watchOutputs?: (layer: string, output: Tensor) => void;
}

export interface ForwardResult {
  /** The network's output. */
  readonly output: Signal;
  /** The same in a list; two where the last layer is `bidirectional` with merge 'none'. */
  readonly outputs: readonly Signal[];
  /** The final state by layer; an empty list for a layer without one. */
  readonly state: readonly (readonly Tensor[])[];
  readonly kernels: readonly LayerKernel[];
}

/** How a layer is called, and its parameters: their names in the layer, and among {@link Network.parameters}. */
interface LayerNames {
  readonly layer: string;
  readonly parameters: readonly (readonly [own: string, name: string])[];
}

/** A model with weights on a backend: it trains, predicts, streams and is saved. Made by `model.on(backend)`. */
export class Network {
  readonly model: Model;
  readonly backend: Backend;
  readonly seed: number;
  /** Whether the backend's fused kernels are used. */
  readonly fused: boolean;
  /** By name: the layer's index, then the parameter's name, `0.kernel`. An optimizer puts new tensors in place of the old. */
  readonly parameters = new Map<string, Tensor>();
  /** What stateful layers keep from batch to batch. */
  readonly carried: CarriedState;
  /** By layer. */
  readonly #names: readonly LayerNames[];
  #disposed = false;
  #training = false;

  /**
   * Use `model.on(backend, { seed })`.
   * @param start the weights, checked; absent: each parameter's initial values
   */
  constructor(
    model: Model,
    backend: Backend,
    { seed, fused }: { readonly seed: number; readonly fused: boolean },
    start: Iterable<readonly [string, HostTensor]> = initialWeights(model, seed, backend.precision),
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

  /** A tape on this network's backend, for a training loop of one's own. */
  tape(): Tape {
    this.check();
    return new Tape(this.backend, { fused: this.fused });
  }

  /**
   * Runs the layers on `tape`: what `fit` and `predict` are made of, and a training loop of one's own can be.
   *
   * @param input.value time-major: [T, B, F]; [B, F]; or token ids [T, B]
   * @param input.lengths valid steps of each row; absent: all
   */
  forward(
    tape: Tape,
    input: { readonly value: Tensor; readonly lengths?: readonly number[] },
    options: ForwardOptions = {},
  ): ForwardResult {
    this.check();
    checkForward(tape, input, options);
    const { training = false, initialState = [], step = 0, watchSteps, watchCell, watchOutputs } = options;
    let outputs: readonly Signal[] = [{ value: input.value, lengths: uploadLengths(tape, input) }];
    const state: (readonly Tensor[])[] = [];
    const kernels: LayerKernel[] = [];
    for (let index = 0; index < this.#names.length; index++) {
      const layer = this.model.built[index];
      const from = tape.ran.length;
      const start = initialState[index] ?? [];
      if (start.length > 0 && !layer.stateSizes) {
        const { kind } = this.model.layers[index];
        throw new OptionError(`initialState: layer ${index}, ${kind}, has no state`);
      }
      const result = layer.apply(tape, outputs[0], {
        weights: this.#weightsOf(index),
        training,
        state: start.length > 0 ? start : undefined,
        random: (name) => random(this.seed, 'dropout', step, index, name),
        watchSteps:
          watchSteps && ((part, steps) => watchSteps(part ? `${index}.${part}` : `${index}`, steps)),
        watchCell: watchCell?.layer === index ? watchCell.see : undefined,
      });
      outputs = result.outputs;
      watchOutputs?.(this.#names[index].layer, outputs[0].value);
      state.push(result.state ?? []);
      for (let i = from; i < tape.ran.length; i++) {
        const { kernel, way, reason } = tape.ran[i];
        kernels.push({ layer: this.#names[index].layer, kernel, way, reason });
      }
    }
    return { output: outputs[0], outputs, state, kernels };
  }

  /**
   * Trains. The run is an async iterable of steps and has a promise `done`; it starts by itself.
   * @throws OptionError for options that do not exist or do not go together; the run: DataError, DivergenceError
   */
  fit(samples: Samples, options: FitOptions): TrainingRun {
    this.check();
    if (this.#training) throw new StateError('fit: this network is being trained already');
    const run = fit(this, samples, options, () => {
      this.#training = false;
    });
    this.#training = true;
    return run;
  }

  /** The loss and the metrics over all samples, without dropout, padding left out. */
  evaluate(samples: Samples, options: EvaluateOptions): Promise<Scores> {
    this.check();
    return evaluate(this, samples, options);
  }

  /**
   * The output for a batch, in the form of the input: nested arrays, or `{ data, shape }`. Rows of an array may have
   * unequal lengths: they are computed beside others of like length and come back in their order, each row of a sequence
   * as long as it is. Past a row's length the output of a padded batch is zero.
   *
   * @param x [batch, time, features]; [batch, features]; or token ids [batch, time]
   * @throws ShapeError, DataError for an input that does not fit; UnsupportedError where the model has two outputs
   */
  predict<X extends Input>(
    x: X,
    options?: PredictOptions,
  ): Promise<X extends NDArrayInput ? NDArray : NestedNumbers> {
    this.check();
    return predict(this, x, options) as Promise<X extends NDArrayInput ? NDArray : NestedNumbers>;
  }

  /**
   * All outputs (two, where the last layer's merge is 'none'), padded to the longest row, with the rows' lengths; and the
   * final state of each layer with `returnState`.
   */
  predictAll(x: Input, options?: PredictOptions): Promise<Prediction> {
    this.check();
    return predictAll(this, x, options);
  }

  /**
   * Looks inside a recurrent layer: its gates, candidate, cell state and output at every step of every row, and with
   * `y` and `loss` the norm of the loss's gradient with respect to its hidden state there. Runs without dropout; a
   * stateful layer starts from zero, and keeps nothing.
   *
   * @param x as for {@link predict}: rows may have unequal lengths. All of them are computed together
   * @throws OptionError for a layer that is not there or not recurrent, a direction that it does not have, `y` without
   *   `loss` or `loss` without `y`; UnsupportedError for a layer whose cell cannot be looked into; ShapeError, DataError
   *   for inputs or targets that do not fit
   */
  inspect(x: Input, options?: InspectOptions): Promise<Inspection> {
    this.check();
    return inspect(this, x, options);
  }

  /**
   * Runs the network one time step at a time, its state carried.
   * @throws UnsupportedError where a layer needs the whole sequence
   */
  stream(): Stream {
    this.check();
    return new Stream(this);
  }

  /** The weights, on the host. */
  async getWeights(): Promise<Record<string, NDArray>> {
    this.check();
    const read = async ([name, tensor]: [string, Tensor]) => {
      const data = await this.backend.read(tensor);
      return [name, { data, shape: [...tensor.shape] }] as const;
    };
    return Object.fromEntries(await Promise.all([...this.parameters].map(read)));
  }

  /**
   * Puts weights in place of the network's own: all of them, or none where one does not fit.
   * @param weights by name; the data may be any array of numbers
   * @param options.allowNonFinite take NaN and infinite weights too. Default false
   * @throws OptionError for a name that is missing or unknown; ShapeError for another shape or count; DataError for a number
   *   that is not finite in the backend's precision; StateError while the network is being trained
   */
  setWeights(
    weights: Readonly<Record<string, HostTensor>>,
    options: { readonly allowNonFinite?: boolean } = {},
  ): void {
    this.check();
    const { allowNonFinite } = checkOptions('setWeights', options, {
      allowNonFinite: optional(boolean, false),
    });
    if (this.#training) throw new StateError('setWeights: this network is being trained');
    const finite = allowNonFinite ? 'any' : this.backend.precision;
    this.replaceWeights(checkWeights('setWeights', weights, this.parameters, finite));
  }

  /** {@link setWeights} with weights that were checked, or that are the network's own. Also in the middle of a training. */
  replaceWeights(weights: Iterable<readonly [string, HostTensor]>): void {
    for (const [name, tensor] of uploadAll(this.backend, weights)) {
      this.backend.free(this.parameters.get(name) as Tensor);
      this.parameters.set(name, tensor);
    }
  }

  /** One .safetensors file: the weights, and the model's description in its metadata. */
  async save(): Promise<Uint8Array> {
    return encodeModel(this, await this.getWeights());
  }

  /** Stateful layers start from zero again. */
  resetStates(): void {
    this.carried.clear();
  }

  /** Which layers run fused and which composed, and why: found by running one step of training on zeros. */
  explain(): LayerKernel[] {
    const { input } = this.model;
    const time = input.kind === 'vector' ? 0 : (input.time ?? 2);
    const shapes = { vector: [1, input.kind === 'indices' ? 0 : input.features], indices: [time, 1] };
    const shape = input.kind === 'sequence' ? [time, 1, input.features] : shapes[input.kind];
    const tape = this.tape();
    try {
      for (const parameter of this.parameters.values()) tape.watch(parameter);
      return [...this.forward(tape, { value: tape.fill(shape, 0) }, { training: true }).kernels];
    } finally {
      tape.dispose();
    }
  }

  /** Frees the weights. Every later call is a StateError; a second `dispose` does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.carried.clear();
    release(this.backend, this.parameters.values());
    this.parameters.clear();
  }

  /** @throws StateError after {@link Network.dispose} */
  check(): void {
    if (this.#disposed) throw new StateError('this network was disposed of');
  }

  #weightsOf(index: number): Record<string, Tensor> {
    const weights: Record<string, Tensor> = {};
    for (const [own, name] of this.#names[index].parameters) {
      weights[own] = this.parameters.get(name) as Tensor;
    }
    return weights;
  }
}

/** Each parameter's initial values, computed one at a time. */
function* initialWeights(
  model: Model,
  seed: number,
  precision: Backend['precision'],
): Generator<[string, HostTensor]> {
  for (const [name, { shape, initial }] of model.parameters()) {
    const from = random(seed, 'weights', name);
    const values = typeof initial === 'function' ? initial(from) : initialize(initial, shape, from);
    yield [name, { data: checkNumbers(`the initial value of ${name}`, values, shape, precision), shape }];
  }
}

function checkForward(tape: unknown, input: unknown, options: unknown): void {
  if (!(tape instanceof Tape)) {
    throw new OptionError(`forward: wants a tape, as from network.tape(), not ${show(tape)}`);
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
