/* What the page asks of the network: its phases for the recordings kept back, and what a change to one of them does to it. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { mostProbable, phasesOf, told } from './labelling.js';
import { type Change, changed, type Pose } from './recordings.js';
import type task from './task.js';

type Motions = DataOf<typeof task>;

/** A recording kept back, with the phase of each frame as people and as the network tell it. */
export interface Told {
  readonly name: string;
  readonly truth: readonly number[];
  readonly told: readonly number[];
}

/** A recording as it is, or with one hand held still or both exchanged. */
export interface Question {
  readonly name: string;
  readonly change: Change;
}

export interface Reading extends Told {
  readonly poses: readonly Pose[];
  /** [frames][phases] */
  readonly probabilities: readonly (readonly number[])[];
}

export async function picture(network: Network, { test }: Motions): Promise<readonly Told[]> {
  const all = await told(network, test);
  return test.map(({ name, phases }, i) => ({ name, truth: phases, told: all[i] }));
}

/** @returns undefined for a recording that is not among those kept back */
export async function answer(
  network: Network,
  { test }: Motions,
  { name, change }: Question,
): Promise<Reading | undefined> {
  const recording = test.find((one) => one.name === name);
  if (!recording) return undefined;
  const { poses, phases } = changed(recording, change);
  const [probabilities] = await phasesOf(network, [{ poses }]);
  return { name, poses, truth: phases, probabilities, told: probabilities.map(mostProbable) };
}
