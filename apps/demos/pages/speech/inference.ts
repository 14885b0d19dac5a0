/* Queries of the page to the network: the digits in held-out recordings, and in a sound, frame by frame. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { logMel } from './log-mel.js';
import { features } from './recordings.js';
import type task from './task.js';

/** A held-out recording, and the digit that the network hears. */
export interface HeardDigit {
  readonly digit: number;
  readonly heard: number;
}

export interface Heard {
  /** The logarithm of the energy, [frames][bands]. */
  readonly spectrogram: readonly (readonly number[])[];
  /** After each frame, the probability of each digit: [frames][10]. */
  readonly probabilities: readonly (readonly number[])[];
}

/** One in this many recordings is shown. */
const STRIDE = 5;

export async function picture(
  network: Network,
  { test }: DataOf<typeof task>,
): Promise<readonly HeardDigit[]> {
  const shown = test.filter((_, i) => i % STRIDE === 0);
  const rows = (await network.predict(shown.map(({ x }) => x))) as number[][];
  return shown.map(({ y }, i) => ({ digit: y, heard: rows[i].indexOf(Math.max(...rows[i])) }));
}

/** @param sound whole numbers from −32768 to 32767, 8,000 a second, as in a WAV file */
export async function answer(
  network: Network,
  _: DataOf<typeof task>,
  sound: readonly number[],
): Promise<Heard> {
  const spectrogram = logMel(sound.map((sample) => sample / 32768));
  const x = features(spectrogram);
  const beginnings = x.map((_, frame) => x.slice(0, frame + 1));
  return { spectrogram, probabilities: (await network.predict(beginnings)) as number[][] };
}
