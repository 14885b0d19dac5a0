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
import type { NetworkBase } from './network-base.js';
import { runNodes } from './run-nodes.js';
import { splitRows, splitSequences } from './split-rows.js';
import { checkGiven, computeFixed, type FixedResults, planStream, type StreamPlan } from './stream-plan.js';

/** How many sequences a stream runs side by side. */
export interface StreamOptions {
  /**
   * Sequences that are stepped together. Default: as many as there are given inputs. With several given inputs it must be a
   * multiple of their number: the rows are the first input's, then the second's.
   */
  readonly rows?: number;
}

/** The inputs and outputs of a stream, by name. */
export interface StreamTypes {
  /** One step of one row, for each input that is not given. */
  readonly steps: Readonly<Record<string, unknown>>;
  readonly outputs: string;
  /** The given inputs are a batch; boolean where it cannot be told. */
  readonly batch: boolean;
}

/** The frames of a step by input, checked. */
type StepFrames = Readonly<Record<string, ReturnType<typeof checkFrames>>>;

/**
 * A network run one time step at a time, for several sequences side by side. What depends on the given inputs alone was
 * computed once; `push` computes the rest for the next step.
 */
export class GraphStream<Types extends StreamTypes = StreamTypes> {
  /** Sequences that are stepped together: sources × width, source by source. */
  readonly rows: number;
  /** How many given inputs there are, side by side; 1 where nothing is given. */
  readonly sources: number;
  /** The given inputs were a batch, and not those of one sequence. */
  readonly isBatch: Types['batch'];
  readonly #network: NetworkBase;
  readonly #plan: StreamPlan;
  readonly #fixed: FixedResults;
  readonly #carried: CarriedState;
  #closed = false;

  /** Use `network.stream(given, { rows })`. */
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
   * One step of every row. Frames are taken in the order of the calls, also when a call does not wait for the one before.
   *
   * @param frames by input: for each row its features at this step, or its token id
   * @returns by output: for each row the features of this step, in the backend's precision; of an output that depends on
   *   the given inputs alone and is a sequence, all its steps, [T · features] a row
   * @throws DataError for an input that is missing, or a frame that does not fit; StateError after `close`
   */
  async push(
    frames: {
      readonly [Name in keyof Types['steps']]: readonly Types['steps'][Name][];
    },
  ): Promise<{ readonly [Name in Types['outputs']]: readonly TensorData[] }> {
    return (await this.step(this.#checkFrames(frames))) as never;
  }

  /**
   * {@link push}, for decoders: for each row the logarithms of the probabilities that an output scores. The output may be
   * logits, the result of softmax (then its logits are read), or logarithms of probabilities: log softmax of the scores is
   * right for each.
   * @throws UnsupportedError for an output that ends with sigmoid, or is a sequence of the given inputs alone
   */
  async logProbabilities(
    frames: { readonly [Name in keyof Types['steps']]: readonly Types['steps'][Name][] },
    output: Types['outputs'],
  ): Promise<Float64Array[]> {
    return this.#run(this.#checkFrames(frames), async (outputs) => {
      const { value, logits } = outputs[output];
      const { signal } = this.outputs[output];
      if (this.#fixed.signals[signal] && value.shape.length > 2)
        throw new UnsupportedError(
          `logProbabilities: the output ${output} depends on the given inputs alone, and is not stepped`,
        );
      if (logits?.kind === 'sigmoid')
        throw new UnsupportedError(
          `logProbabilities: the output ${output} ends with sigmoid: its scores are no alternatives`,
        );
      const scores = await this.#network.backend.read(logits?.value ?? value);
      return splitRows(scores, this.rows).map(logSoftmax);
    });
  }

  #checkFrames(frames: object): StepFrames {
    this.#check('push');
    const { inputs } = this.#network.model;
    checkNames('push: the frames', frames, this.#plan.stepped);
    const checked = this.#plan.stepped.map((name) => {
      const list: unknown = (frames as Readonly<Record<string, unknown>>)[name];
      if (!isRow(list) || list.length !== this.rows)
        throw new DataError(
          `push: ${name} must be a list of ${this.rows} frames, one a row, not ${show(list)}`,
        );
      return [name, checkFrames(`push: ${name}`, Array.from(list), inputs[name])] as const;
    });
    return Object.fromEntries(checked);
  }

  /** {@link push} of frames that were checked. */
  step(frames: StepFrames): Promise<Record<string, TensorData[]>> {
    return this.#run(frames, async (signals) => {
      const outputs: Record<string, TensorData[]> = {};
      for (const name in signals) {
        const { value } = signals[name];
        const data = await this.#network.backend.read(value);
        outputs[name] =
          value.shape.length > 2 ? splitSequences(data, value.shape) : splitRows(data, this.rows);
      }
      return outputs;
    });
  }

  /** One step, and what `read` reads of its outputs. */
  async #run<Result>(
    frames: StepFrames,
    read: (outputs: Readonly<Record<string, Signal>>) => Promise<Result>,
  ): Promise<Result> {
    this.#check('push');
    const { model } = this.#network;
    const tape = this.#network.tape();
    try {
      const results: NodeResults = {
        signals: [...this.#fixed.signals],
        state: { ...this.#fixed.state },
        buffers: new Map(),
        kernels: [],
      };
      for (const [number, name] of Object.keys(model.inputs).entries()) {
        const frame = frames[name];
        if (frame) results.signals[number] = { value: tape.constant(frame.data, frame.shape) };
      }
      runNodes(this.#network, tape, this.#plan.steps, results, { initialState: this.#carried.state });
      const state: Record<string, LayerState> = {};
      for (const { name } of this.#plan.steps) if (results.state[name]) state[name] = results.state[name];
      this.#carried.carry(tape, state);
      const outputs = Object.entries(model.outputs).map(
        ([name, { signal }]) => [name, results.signals[signal] as Signal] as const,
      );
      return await read(Object.fromEntries(outputs));
    } finally {
      tape.dispose();
    }
  }

  /**
   * Row i goes on from where row `order[i]` is, as beam search needs. Rows of one source stay with it.
   * @throws ShapeError, OptionError for an order that is none; StateError after `close`
   */
  reorder(order: readonly number[]): void {
    this.#check('reorder');
    const width = this.rows / this.sources;
    if (!Array.isArray(order) || order.length !== this.rows)
      throw new ShapeError(`reorder: the order must be a list of ${this.rows} rows, not ${show(order)}`);
    for (const [row, from] of order.entries()) {
      if (Number.isInteger(from) && Math.floor(from / width) === Math.floor(row / width)) continue;
      throw new OptionError(
        `reorder: row ${row} cannot go on from row ${show(from)}: it is none of its source`,
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

  /** Starts new sequences: the state is what it was at the beginning. */
  reset(): void {
    this.#carried.clear();
  }

  /** Frees the state and what was computed once. Every later `push` is a StateError; a second `close` does nothing. */
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

/** The logarithm of softmax, in float64. */
function logSoftmax(scores: TensorData): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) largest = Math.max(largest, score);
  let total = 0;
  for (const score of scores) total += Math.exp(score - largest);
  const log = largest + Math.log(total);
  return Float64Array.from(scores, (score) => score - log);
}
