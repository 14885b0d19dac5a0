/* Converts poses to the network's inputs, and its outputs to phases. */
import type { Network } from '@recurra/core';
import { PHASES } from './phases.js';
import { JOINTS, type Pose, type Recording } from './recordings.js';

/** A recording, or a part of one: [frames][features], and the phase of each frame. */
export interface Labelled {
  readonly x: number[][];
  readonly y: number[];
}

/** Frames over which motion is measured, each way. */
const SPANS = [2, 6];
const HANDS = JOINTS.flatMap((joint, i) => (joint === 'head' ? [] : [i]));

/**
 * For each frame: the positions of the hands and wrists and, for two spans of time, how far each moves to the
 * right, down and away, and its speed.
 */
export function features(poses: readonly Pose[]): number[][] {
  const hands = poses.map((pose) => HANDS.map((joint) => pose.slice(3 * joint, 3 * joint + 3)));
  const at = (frame: number) => hands[Math.min(Math.max(frame, 0), hands.length - 1)];
  return hands.map((positions, frame) => [
    ...positions.flat(),
    ...SPANS.flatMap((span) =>
      positions.flatMap((position, hand) => {
        const moved = position.map(
          (_, i) => (5 * (at(frame + span)[hand][i] - at(frame - span)[hand][i])) / span,
        );
        return [...moved, Math.hypot(...moved)];
      }),
    ),
  ]);
}

export function labelled({ poses, phases }: Recording): Labelled {
  return { x: features(poses), y: [...phases] };
}

/**
 * Parts of `length` frames, each beginning in the middle of the one before; the last one ends at the end of
 * the recording.
 */
export function partsOf({ x, y }: Labelled, length: number): Labelled[] {
  const count = Math.ceil((2 * (x.length - length)) / length) + 1;
  return Array.from({ length: count }, (_, i) => {
    const from = Math.min((i * length) / 2, x.length - length);
    return { x: x.slice(from, from + length), y: y.slice(from, from + length) };
  });
}

/** The probability of each phase in each frame: [recordings][frames][phases]. */
export async function phasesOf(
  network: Network,
  recordings: readonly Pick<Recording, 'poses'>[],
): Promise<number[][][]> {
  return (await network.predict(recordings.map(({ poses }) => features(poses)))) as number[][][];
}

/** The most probable phase of each frame. */
export async function predictedPhases(
  network: Network,
  recordings: readonly Recording[],
): Promise<number[][]> {
  return (await phasesOf(network, recordings)).map((rows) => rows.map(mostProbable));
}

export function mostProbable(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities));
}

/** The share of frames with the right phase. */
export function shareRight(phases: readonly (readonly number[])[], recordings: readonly Recording[]): number {
  const right = recordings.flatMap((recording, i) =>
    recording.phases.map((phase, frame) => phase === phases[i][frame]),
  );
  return right.filter(Boolean).length / right.length;
}

/**
 * For each frame, the phase whose mean in `known` is nearest to it, by the squared distance between the
 * network's inputs.
 */
export function nearestMeans(known: readonly Recording[], test: readonly Recording[]): number[][] {
  const frames = known.map(labelled);
  const means = PHASES.map((_, phase) => {
    const those = frames.flatMap(({ x, y }) => x.filter((_, frame) => y[frame] === phase));
    return those[0].map((_, i) => those.reduce((sum, row) => sum + row[i], 0) / those.length);
  });
  return test.map(({ poses }) =>
    features(poses).map((row) => {
      const distances = means.map((mean) => mean.reduce((sum, value, i) => sum + (value - row[i]) ** 2, 0));
      return distances.indexOf(Math.min(...distances));
    }),
  );
}
