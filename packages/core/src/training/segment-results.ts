/* What a segment passes on: losses, states, signals and buffers. */
import type { Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import type { LayerState, Signal } from '../layers/layer.js';
import type { EncodedTargets } from '../losses/targets.js';
import type { Architecture } from '../model/architecture.js';
import type { NodeResults } from '../network/forward.js';
import { hasTime } from '../network/stream-plan.js';
import type { Tape } from '../tape/tape.js';
import type { OutputLoss } from './losses.js';
import { cutLengths, type PassedSignal, tensorsOf, withTensors } from './passed-signals.js';
import type { Part } from './segment-parts.js';

/** By the node's name. */
export type States = Readonly<Record<string, LayerState>>;

/** What a segment computes that is needed after it. */
export interface SegmentResults {
  /** One for each of the targets. */
  readonly losses: readonly Tensor[];
  readonly state: States;
  readonly signals: ReadonlyMap<number, PassedSignal>;
  /** The new values of buffers, by name. */
  readonly buffers: ReadonlyMap<string, Tensor>;
}

/** The targets of an output in a segment. */
export interface SegmentTargets {
  readonly output: OutputLoss;
  readonly encoded: EncodedTargets;
}

/** Computes the losses of a segment, and picks what is needed after it. */
export function segmentResults(
  model: Architecture,
  tape: Tape,
  { stage, isLast }: Part,
  { signals, state, buffers }: NodeResults,
  targets: readonly SegmentTargets[],
): SegmentResults {
  const passed = stage.passes.filter((signal) => isLast || hasTime(model, signal));
  return {
    losses: targets.map(({ output, encoded }) =>
      output.loss.compute(tape, signals[model.outputs[output.name].signal] as Signal, encoded),
    ),
    state: Object.fromEntries(
      stage.nodes.flatMap(({ name }) => (state[name] ? [[name, state[name]] as const] : [])),
    ),
    signals: new Map(
      passed.map((signal) => {
        const { lengths, ...rest } = signals[signal] as Signal;
        return [signal, { ...rest, lengths: lengths?.rows }];
      }),
    ),
    buffers,
  };
}

/** Every tensor of the results, once, in an order that depends only on what the segment is. */
export function flatten({ losses, state, signals, buffers }: SegmentResults): Tensor[] {
  const states = Object.values(state).flat();
  const passed = [...signals.values()].flatMap(tensorsOf);
  return [...new Set([...losses, ...states, ...passed, ...buffers.values()])];
}

/** The same results with other tensors. */
export function replaced(
  { losses, state, signals, buffers }: SegmentResults,
  by: ReadonlyMap<Tensor, Tensor>,
): SegmentResults {
  const of = (x: Tensor) => by.get(x) as Tensor;
  return {
    losses: losses.map(of),
    state: Object.fromEntries(Object.entries(state).map(([name, tensors]) => [name, tensors.map(of)])),
    signals: new Map([...signals].map(([signal, each]) => [signal, withTensors(each, of)])),
    buffers: new Map([...buffers].map(([name, x]) => [name, of(x)])),
  };
}

/** @throws ShapeError where a layer changed the steps or the lengths of its segment */
export function checkSegment(model: Architecture, part: Part, { signals }: NodeResults): void {
  const { stage, segment, lengths } = part;
  if (!segment) return;
  const steps = segment.to - segment.from;
  const expected = lengths && cutLengths(lengths, segment);
  for (const node of stage.nodes) {
    for (const number of [node.signal, ...Object.values(node.others)]) {
      const { value, lengths: own } = signals[number] as Signal;
      if (!hasTime(model, number)) continue;
      if (value.shape[0] === steps && (!own || String(own.rows) === String(expected))) continue;
      throw new ShapeError(
        `fit: checkpointing: ${model.nameOf(node)}, gives ${value.shape[0]} steps with lengths ${own?.rows} for a segment of ` +
          `${steps} steps with lengths ${expected}, so it cannot be cut; it must set wholeSequence`,
      );
    }
  }
}
