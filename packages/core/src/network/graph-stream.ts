import type { TensorData } from '../contract/tensor.js';
import { checkFrames } from '../data/check-frame.js';
import { checkNames } from '../data/named-inputs.js';
import { isRow } from '../data/ndarray.js';
import { DataError, OptionError, ShapeError, StateError, UnsupportedError } from '../errors.js';
import type { LayerState, Signal } from '../layers/layer.js';
import type { ModelInput, ModelOutput } from '../model/architecture.js';
import { checkOptions, optional, positiveInteger, show } from '../options.js';
import { CarriedState } from './carried-state.js';
import type { NodeResults } from './forward.js';
import { logSoftmax } from './log-softmax.js';
import type { NetworkBase } from './network-base.js';
import { runNodes } from './run-nodes.js';
import { splitRows } from './split-rows.js';
import { checkGiven, computeFixed, type FixedResults, planStream, type StreamPlan } from './stream-plan.js';

/** Options of a stream. */
export interface StreamOptions {
  /**
   * The number of sequences that are stepped together. It must be a multiple of the number of sources (the rows of the given
   * inputs): the first rows belong to the first source, the next to the second. Default: one row for each source.
   */
  readonly rows?: number;
}

/** The types of a stream's inputs and outputs. */
export interface StreamTypes {
  /** One step of one row, for each input that is stepped. */
  readonly steps: Readonly<Record<string, unknown>>;
  /** The names of the outputs. */
  readonly outputs: string;
  /** True if the given inputs are a batch; boolean if this is only known at run time. */
  readonly batch: boolean;
}

/** The checked frames of a step, in the order of the stepped inputs. */
type StepFrames = readonly ReturnType<typeof checkFrames>[];

/**
 * Runs a network one time step at a time, for several sequences side by side. Layers that depend only on the given inputs
 * are computed once, when the stream is opened; `push` computes the others for the next step.
 */
export class GraphStream<Types extends StreamTypes = StreamTypes> {
  /** The number of sequences that are stepped together. The rows of the first source come first. */
  readonly rows: number;
  /** The number of sources: the rows of the given inputs; 1 if no input is given. */
  readonly sources: number;
  /** True if the given inputs are a batch, false if they are those of one sequence. */
  readonly isBatch: Types['batch'];
  readonly #network: NetworkBase;
  readonly #plan: StreamPlan;
  readonly #fixed: FixedResults;
  readonly #carried: CarriedState;
  /** The results of the fixed nodes, and those of the last step. */
  readonly #results: NodeResults;
  /** The numbers of the signals of the stepped inputs, and of the outputs. */
  readonly #steppedSignals: readonly number[];
  readonly #outputSignals: readonly number[];
  #closed = false;

  /** Use `network.stream(given, { rows })` or `openStream`. */
  constructor(network: NetworkBase, given: unknown, options: StreamOptions | undefined) {
    const { rows } = checkOptions('stream', options, { rows: optional(positiveInteger) });
    const inputs = checkGiven(network.model, given);
    this.#plan = planStream(network.model, inputs.names);
    this.sources = inputs.rows.length;
    this.isBatch = inputs.isBatch;
    this.rows = rows ?? this.sources;
    if (this.rows % this.sources !== 0)
      throw new OptionError(
        `stream: rows must be a multiple of the ${this.sources} sources, not ${this.rows}`,
      );
    this.#network = network;
    this.#carried = new CarriedState(network.backend);
    this.#fixed = computeFixed(network, this.#plan, inputs, this.rows / this.sources);
    const { signals, state } = this.#fixed;
    this.#results = { signals: [...signals], state: { ...state }, buffers: new Map() };
    const names = Object.keys(network.model.inputs);
    this.#steppedSignals = this.#plan.stepped.map((name) => names.indexOf(name));
    this.#outputSignals = Object.values(network.model.outputs).map(({ signal }) => signal);
  }

  /** The inputs that `push` takes, by name. */
  get inputs(): Readonly<Record<string, ModelInput>> {
    const { inputs } = this.#network.model;
    return Object.fromEntries(this.#plan.stepped.map((name) => [name, inputs[name]]));
  }

  /** The outputs that `push` returns, by name. */
  get outputs(): Readonly<Record<string, ModelOutput>> {
    return this.#network.model.outputs;
  }

  /**
   * Runs one step of every row. Frames are processed in the order of the calls, even if a call does not wait for the previous
   * one.
   *
   * @param frames an object with a list for each stepped input: for each row the features at this step, or the token id
   * @returns an object with a list for each output: for each row the features of this step, in the backend's precision.
   *   An output that is a sequence and depends only on the given inputs has all its steps, [T · features] for each row
   * @throws DataError for a missing or unknown input, a wrong number of rows, or a frame that does not fit; StateError after
   *   `close`
   */
  async push(
    frames: {
      readonly [Name in keyof Types['steps']]: readonly Types['steps'][Name][];
    },
  ): Promise<{ readonly [Name in Types['outputs']]: readonly TensorData[] }> {
    const { model, backend } = this.#network;
    const signals = this.#run(this.#checkFrames(frames), (signals) =>
      signals.map(({ value }) => [value.shape, backend.read(value)] as const),
    );
    const data = await Promise.all(signals.map(([, reading]) => reading));
    const names = Object.keys(model.outputs);
    return Object.fromEntries(
      names.map((name, i) => [name, splitRows(data[i], signals[i][0], this.rows)]),
    ) as never;
  }

  /**
   * Runs one step of every row like {@link push}, and returns the log probabilities of the next token, for decoders. The
   * output may be logits, the result of a softmax (its logits are read), or log probabilities: the log-softmax of each is
   * the logarithm of the probabilities.
   *
   * @param output the name of the output that scores the next token
   * @returns for each row the log probability of each token
   * @throws UnsupportedError for an output with the activation sigmoid, or one that depends only on the given inputs;
   *   otherwise like {@link push}
   */
  async logProbabilities(
    frames: { readonly [Name in keyof Types['steps']]: readonly Types['steps'][Name][] },
    output: Types['outputs'],
  ): Promise<Float64Array[]> {
    const scores = await this.#run(this.#checkFrames(frames), (signals) => {
      const { signal } = this.outputs[output];
      const { value, logits } = signals[this.#outputSignals.indexOf(signal)];
      if (this.#fixed.signals[signal] && value.shape.length > 2)
        throw new UnsupportedError(
          `logProbabilities: the output ${output} depends on the given inputs alone, and is not stepped`,
        );
      if (logits?.kind === 'sigmoid')
        throw new UnsupportedError(
          `logProbabilities: the output ${output} has the activation sigmoid, so its scores are not the probabilities of one token`,
        );
      return this.#network.backend.read(logits?.value ?? value);
    });
    return splitRows(scores, [], this.rows).map(logSoftmax);
  }

  #checkFrames(frames: object): StepFrames {
    this.#check('push');
    const { inputs } = this.#network.model;
    checkNames('push: the frames', frames, this.#plan.stepped);
    return this.#plan.stepped.map((name) => {
      const list: unknown = (frames as Readonly<Record<string, unknown>>)[name];
      if (!isRow(list) || list.length !== this.rows)
        throw new DataError(
          `push: ${name} must be a list of ${this.rows} frames, one for each row, not ${show(list)}`,
        );
      return checkFrames(`push: ${name}`, Array.from(list), inputs[name]);
    });
  }

  /** Runs {@link push} for one row of a model with one input and one output, whose frame has been checked. */
  step(frame: StepFrames[number]): Promise<TensorData> {
    return this.#run([frame], ([{ value }]) => this.#network.backend.read(value));
  }

  /**
   * Runs one step.
   * @param read begins to read the outputs, which are freed when it returns
   */
  #run<Result>(frames: StepFrames, read: (outputs: readonly Signal[]) => Result): Result {
    this.#check('push');
    const { signals, state } = this.#results;
    const { steps } = this.#plan;
    const tape = this.#network.tape();
    try {
      for (let i = 0; i < frames.length; i++)
        signals[this.#steppedSignals[i]] = { value: tape.constant(frames[i].data, frames[i].shape) };
      runNodes(this.#network, tape, steps, this.#results, { initialState: this.#carried.state });
      const next: Record<string, LayerState> = {};
      for (const { name } of steps) if (state[name]) next[name] = state[name];
      this.#carried.carry(tape, next);
      return read(this.#outputSignals.map((signal) => signals[signal] as Signal));
    } finally {
      tape.dispose();
    }
  }

  /**
   * Replaces the state of each row i by that of row `order[i]`, so that row i continues from there, as beam search needs. Both
   * rows must belong to the same source. Several rows may continue from the same one.
   * @throws ShapeError unless `order` has an entry for each row; OptionError for an entry that is not a row of the same
   *   source; StateError after `close`
   */
  reorder(order: readonly number[]): void {
    this.#check('reorder');
    const width = this.rows / this.sources;
    if (!Array.isArray(order) || order.length !== this.rows)
      throw new ShapeError(`reorder: the order must be a list of ${this.rows} rows, not ${show(order)}`);
    for (const [row, from] of order.entries()) {
      if (Number.isInteger(from) && Math.floor(from / width) === Math.floor(row / width)) continue;
      throw new OptionError(
        `reorder: row ${row} cannot continue from row ${show(from)}, which is not a row of the same source`,
      );
    }
    if (order.every((from, row) => from === row)) return;
    const tape = this.#network.tape();
    try {
      const rows = tape.constant(order, [this.rows]);
      const state = Object.entries(this.#carried.state).map(
        ([name, tensors]) => [name, tensors.map((tensor) => tape.gather(tensor, rows))] as const,
      );
      this.#carried.carry(tape, Object.fromEntries(state));
    } finally {
      tape.dispose();
    }
  }

  /** Starts new sequences: resets the state to the one at the beginning. The given inputs stay. */
  reset(): void {
    this.#carried.clear();
  }

  /** Frees the memory of the stream. Every later `push` throws a StateError. Calling `close` again has no effect. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#carried.clear();
    for (const tensor of this.#fixed.owned) this.#network.backend.free(tensor);
  }

  #check(method: string): void {
    if (this.#closed) throw new StateError(`${method}: this stream was closed`);
  }
}
