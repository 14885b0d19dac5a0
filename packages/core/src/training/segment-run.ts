import type { Tensor } from '../contract/tensor.js';
import type { InputBatch } from '../data/inputs.js';
import type { Signal } from '../layers/layer.js';
import type { EncodedTargets } from '../losses/targets.js';
import type { CarriedState } from '../network/carried-state.js';
import type { NodeResults } from '../network/forward.js';
import type { NetworkBase } from '../network/network-base.js';
import { inputSignals } from '../network/predict.js';
import { type NodeWeights, runNodes } from '../network/run-nodes.js';
import { CheckpointTape, recordCheckpoint } from '../tape/checkpoint.js';
import type { Tape } from '../tape/tape.js';
import { ContinuedRandom } from './continued-random.js';
import { unlessMasked, type Window } from './forward-window.js';
import { type OutputLoss, weightOf } from './losses.js';
import { onTape, type PassedSignal, PassedSignals, type Segment, tensorsOf } from './passed-signals.js';
import { type Part, partsOf } from './segment-parts.js';
import type { Stage } from './segment-plan.js';
import {
  checkSegment,
  flatten,
  replaced,
  type SegmentResults,
  type SegmentTargets,
  type States,
  segmentResults,
} from './segment-results.js';
import { cutInput, cutTargets } from './windows.js';

/** The options of {@link SegmentRun}. */
export interface SegmentRunOptions {
  /** The number of segments. Default ⌈√T / 2⌉ for T steps. */
  readonly segments?: number;
  /** False to keep the activations of all segments, and to run none again. */
  readonly recompute: boolean;
  /** The number of updates so far, which is part of the seed of the dropout masks. */
  readonly step: number;
  /** Receives the output of each layer in each segment, by its label, while it exists. */
  readonly inspect?: (layer: string, output: Tensor) => Promise<void>;
}

/** The mean loss of an output over the targets of a segment, [1], and the sum of their weights. */
export interface LossTerm {
  readonly output: OutputLoss;
  readonly loss: Tensor;
  readonly weight: number;
}

/** What a segment starts from. */
interface Start {
  /** The state of its nodes at the end of the segment before. */
  readonly state: States;
  /** The final states of earlier stages. */
  readonly earlier: States;
  readonly buffers: ReadonlyMap<string, Tensor>;
}

/**
 * The forward pass over a window, stage by stage and segment by segment. The tape gets one record for each segment; its
 * backward pass runs the segment again.
 */
export class SegmentRun {
  /** The final states of the stages that have run. */
  readonly states: Record<string, States[string]> = {};
  readonly buffers = new Map<string, Tensor>();
  readonly losses: LossTerm[] = [];
  readonly #signals: PassedSignals;
  readonly #network: NetworkBase;
  readonly #tape: Tape;
  readonly #window: Window;
  readonly #carried: CarriedState;
  readonly #options: SegmentRunOptions;
  /** The targets of all steps of an output; undefined where the window has none. */
  readonly #targets = new Map<string, EncodedTargets | undefined>();
  /** The tapes of segments that are not run again. */
  readonly #kept: CheckpointTape[] = [];

  /** @param carried the state at the beginning of the window */
  constructor(
    network: NetworkBase,
    tape: Tape,
    window: Window,
    carried: CarriedState,
    options: SegmentRunOptions,
  ) {
    this.#network = network;
    this.#tape = tape;
    this.#window = window;
    this.#carried = carried;
    this.#options = options;
    this.#signals = new PassedSignals(tape);
  }

  /** Frees the activations that were kept for the backward pass. */
  dispose(): void {
    for (const tape of this.#kept) tape.dispose();
  }

  /** Runs a stage. Those before it must have run. */
  async run(stage: Stage): Promise<void> {
    const { model } = this.#network;
    const random = new ContinuedRandom(this.#network);
    const passed = new Map<number, PassedSignal[]>(stage.passes.map((signal) => [signal, []]));
    let state = this.#carried.state;
    for (const part of partsOf(model, stage, this.#window, this.#signals, this.#options.segments)) {
      const results = await this.#runPart(part, random, state);
      state = results.state;
      for (const [signal, own] of results.signals) passed.get(signal)?.push(own);
      for (const [name, value] of results.buffers) this.buffers.set(name, value);
    }
    Object.assign(this.states, state);
    for (const [signal, parts] of passed) this.#signals.set(signal, parts);
  }

  /** A signal with all its steps, once the stages have run. @param signal the number of an output or an input */
  whole(signal: number): Signal {
    const { model } = this.#network;
    if (signal >= Object.keys(model.inputs).length) return onTape(this.#tape, this.#signals.whole(signal));
    return this.#upload(this.#tape, [signal])[signal] as Signal;
  }

  /** Runs a segment and records it. */
  async #runPart(part: Part, random: ContinuedRandom, state: States): Promise<SegmentResults> {
    const network = this.#network;
    const { recompute, inspect } = this.#options;
    const start: Start = { state, earlier: { ...this.states }, buffers: new Map(this.buffers) };
    const sameRandom = random.copy();
    const inner = new CheckpointTape(this.#tape, [
      ...part.stage.nodes.flatMap((node) => Object.values(network.weightsOf(node))),
      ...[state, start.earlier].flatMap((states) => Object.values(states).flat()),
      ...[...part.reads.values()].flatMap(tensorsOf),
      ...start.buffers.values(),
    ]);
    if (!recompute) this.#kept.push(inner);
    try {
      const outputs: (readonly [layer: string, output: Tensor])[] = [];
      const watch = inspect && ((layer: string, output: Tensor) => void outputs.push([layer, output]));
      const results = this.#runNodes(inner, part, random, start, watch);
      for (const [layer, output] of outputs) await inspect?.(layer, output);
      const targets = await this.#targetsOf(part, results);
      const computed = segmentResults(network.model, inner, part, results, targets);
      const tensors = flatten(computed);
      const again = (tape: Tape) =>
        flatten(
          segmentResults(network.model, tape, part, this.#runNodes(tape, part, sameRandom, start), targets),
        );
      const moved = recordCheckpoint(this.#tape, inner, tensors, recompute ? again : undefined);
      const outside = replaced(computed, new Map(tensors.map((x, i) => [x, moved[i]])));
      for (const [i, { output, encoded }] of targets.entries())
        this.losses.push({ output, loss: outside.losses[i], weight: weightOf(encoded) });
      return outside;
    } finally {
      if (recompute) inner.dispose();
    }
  }

  #runNodes(
    tape: Tape,
    part: Part,
    source: NodeWeights,
    { state, earlier, buffers }: Start,
    watchOutputs?: (layer: string, output: Tensor) => void,
  ): NodeResults {
    const { nodes } = part.stage;
    const signals = this.#upload(tape, part.stage.reads, part.segment);
    for (const [signal, read] of part.reads) signals[signal] = onTape(tape, read);
    const results: NodeResults = {
      signals,
      state: { ...earlier },
      buffers: new Map(buffers),
      kernels: [],
    };
    const own = nodes.flatMap(({ name }) => (state[name] ? [[name, state[name]] as const] : []));
    const { step } = this.#options;
    const initialState = Object.fromEntries(own);
    runNodes(source, tape, nodes, results, { training: true, step, initialState, watchOutputs });
    checkSegment(this.#network.model, part, results);
    return results;
  }

  /** Uploads those of `signals` that are inputs of the model: the steps of a segment, or all of them. */
  #upload(tape: Tape, signals: readonly number[], segment?: Segment): (Signal | undefined)[] {
    const { model } = this.#network;
    const names = Object.keys(model.inputs).filter((_, signal) => signals.includes(signal));
    if (names.length === 0) return [];
    const inputs: Record<string, InputBatch> = {};
    for (const name of names) {
      const input = this.#window.inputs[name];
      const isCut = segment && 'time' in model.inputs[name].shape;
      inputs[name] = isCut ? cutInput(input, segment.from, segment.to) : input;
    }
    return this.#network.inputSignals(tape, inputSignals(tape, model.isChain, inputs), names);
  }

  /** The targets of a segment that count. */
  async #targetsOf(
    { stage, segment, time, lengths }: Part,
    { signals }: NodeResults,
  ): Promise<SegmentTargets[]> {
    const { model, backend } = this.#network;
    const { rows } = this.#window;
    const targets: SegmentTargets[] = [];
    for (const output of segment ? stage.losses : []) {
      const { name } = output;
      const signal = signals[model.outputs[name].signal] as Signal;
      if (!this.#targets.has(name)) {
        const shape = [time, ...signal.value.shape.slice(1)];
        const sizes = { value: { shape }, lengths: signal.lengths && lengths && { rows: lengths } };
        this.#targets.set(name, this.#window.targets({ [name]: sizes })?.[name]);
      }
      const whole = this.#targets.get(name);
      if (!whole || !segment) continue;
      const own = cutTargets(whole, segment.from * rows, segment.to * rows);
      const encoded = await unlessMasked(backend, own, signal);
      if (weightOf(encoded) > 0) targets.push({ output, encoded });
    }
    return targets;
  }
}
