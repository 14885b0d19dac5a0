/* Cuts a stage of a model into segments of time. */
import { ShapeError } from '../errors.js';
import type { Architecture } from '../model/architecture.js';
import { hasTime } from '../network/stream-plan.js';
import type { Window } from './forward-window.js';
import type { PassedSignal, PassedSignals, Segment } from './passed-signals.js';
import type { Stage } from './segment-plan.js';

/** A segment of a stage, or all of a stage that is not cut. */
export interface Part {
  readonly stage: Stage;
  /** Absent if the stage is not cut. */
  readonly segment?: Segment;
  readonly isLast: boolean;
  /** The steps of the whole sequence, and the lengths of its rows; of a stage that is cut. */
  readonly time: number;
  readonly lengths?: readonly number[];
  /** What it reads of earlier stages, by the signal's number. */
  readonly reads: ReadonlyMap<number, PassedSignal>;
}

/**
 * The parts of a stage in the order in which they run.
 * @param signals what earlier stages computed
 * @param count the number of segments; default ⌈√T / 2⌉ for T steps: then the states between segments and the activations
 *   of one segment both grow with √T, and a segment is long enough that what it costs to start one does not matter
 * @throws ShapeError for inputs of different steps
 */
export function partsOf(
  model: Architecture,
  stage: Stage,
  window: Window,
  signals: PassedSignals,
  count: number | undefined,
): Part[] {
  const inputs = Object.keys(model.inputs);
  const passed = stage.reads.filter((signal) => signal >= inputs.length);
  if (!stage.isCut) {
    const reads = new Map(passed.map((signal) => [signal, signals.whole(signal)]));
    return [{ stage, isLast: true, time: 0, reads }];
  }
  const timed = stage.reads.filter((signal) => hasTime(model, signal));
  const sizes = timed.map((signal) => {
    if (signal >= inputs.length) return signals.sizesOf(signal);
    const { shape, lengths } = window.inputs[inputs[signal]];
    return { time: shape[0], lengths };
  });
  const [{ time }] = sizes;
  const lengths = sizes.find((each) => each.lengths)?.lengths;
  const other = sizes.findIndex(
    (each) => each.time !== time || (each.lengths && String(each.lengths) !== String(lengths)),
  );
  if (other >= 0) {
    const [first, second] = [timed[0], timed[other]].map((signal) => model.signals[signal]);
    throw new ShapeError(
      `fit: checkpointing: ${first} and ${second} must have the same steps and lengths to be cut into segments together`,
    );
  }
  const segments = segmentsOf(time, count ?? Math.ceil(Math.sqrt(time) / 2));
  const reads = passed.map((signal) => {
    const parts = hasTime(model, signal) ? signals.parts(signal, segments) : undefined;
    return (i: number) => [signal, parts ? parts[i] : signals.whole(signal)] as const;
  });
  return segments.map((segment, i) => ({
    stage,
    segment,
    isLast: i === segments.length - 1,
    time,
    lengths,
    reads: new Map(reads.map((of) => of(i))),
  }));
}

/** At most `count` segments of as equal numbers of steps as possible. */
function segmentsOf(time: number, count: number): Segment[] {
  const segments = Math.max(1, Math.min(time, count));
  const start = (i: number) => Math.floor((i * time) / segments);
  return Array.from({ length: segments }, (_, i) => ({ from: start(i), to: start(i + 1) }));
}
