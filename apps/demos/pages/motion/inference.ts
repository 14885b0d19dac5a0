/*
 * Queries of the page to the network: its phases for the held-out recordings, and the effect of a change to
 * one of them.
 */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { mostProbable, phasesOf, predictedPhases } from './labelling.js';
import { type Change, changed, type Pose } from './recordings.js';
import type task from './task.js';

type Motions = DataOf<typeof task>;

/** A held-out recording, with the phase of each frame from its label and from the network. */
export interface Predicted {
  readonly name: string;
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
}

/** A recording as it is, or with one hand held still or both exchanged. */
export interface Question {
  readonly name: string;
  readonly change: Change;
}

export interface Reading extends Predicted {
  readonly poses: readonly Pose[];
  /** [frames][phases] */
  readonly probabilities: readonly (readonly number[])[];
}

export async function picture(network: Network, { test }: Motions): Promise<readonly Predicted[]> {
  const all = await predictedPhases(network, test);
  return test.map(({ name, phases }, i) => ({ name, truth: phases, predicted: all[i] }));
}

/** @returns undefined for a recording that is not held out */
export async function answer(
  network: Network,
  { test }: Motions,
  { name, change }: Question,
): Promise<Reading | undefined> {
  const recording = test.find((one) => one.name === name);
  if (!recording) return undefined;
  const { poses, phases } = changed(recording, change);
  const [probabilities] = await phasesOf(network, [{ poses }]);
  return { name, poses, truth: phases, probabilities, predicted: probabilities.map(mostProbable) };
}
