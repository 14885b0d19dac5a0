/* Queries of the page to the network: what it reads in held-out strings and in a sound, and where. */
import { ctcAlign, ctcGreedy, type Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import { logMel } from '../speech/log-mel.js';
import type { Sound } from '../speech/sound.js';
import { type Span, sampleOf } from './strings.js';
import type task from './task.js';

export interface ReadString {
  readonly speaker: string;
  readonly spoken: readonly number[];
  readonly read: readonly number[];
}

/** One of the held-out strings, or a sound, with the digits in it if they are known. */
export type Question =
  | { readonly string: number }
  | { readonly sound: Sound; readonly spoken: readonly Span[] };

export interface Reading {
  /** The logarithm of the energy, [frames][bands]. */
  readonly spectrogram: readonly (readonly number[])[];
  /** The probability of the blank and of each digit: [frames][11]. */
  readonly probabilities: readonly (readonly number[])[];
  readonly read: readonly Span[];
  /** Where the digits that were spoken fit best; empty if they are not known. */
  readonly aligned: readonly Span[];
  readonly spoken: readonly Span[];
}

/** Held-out strings that the page lists. */
const SHOWN = 12;
/** The longest sound that is read, in frames: eight seconds. */
const LONGEST = 400;

export async function picture(
  network: Network,
  { test }: DataOf<typeof task>,
): Promise<readonly ReadString[]> {
  const shown = test.slice(0, SHOWN);
  const rows = (await network.predict(shown.map((string) => sampleOf(string).x))) as number[][][];
  return ctcGreedy(rows).map(({ labels }, i) => ({
    speaker: shown[i].speaker,
    spoken: shown[i].spoken.map(({ digit }) => digit),
    read: labels.map((label) => label - 1),
  }));
}

export async function answer(
  network: Network,
  { test }: DataOf<typeof task>,
  question: Question,
): Promise<Reading> {
  const string = 'string' in question ? test[question.string] : heard(question.sound, question.spoken);
  const { x, y } = sampleOf(string);
  const rows = (await network.predict([x])) as number[][][];
  const spansOf = ([{ labels, spans }]: ReturnType<typeof ctcGreedy>): Span[] =>
    labels.map((label, i) => ({ digit: label - 1, from: spans[i][0], to: spans[i][1] }));
  return {
    spectrogram: string.logMel,
    probabilities: rows[0],
    read: spansOf(ctcGreedy(rows)),
    aligned: spansOf(ctcAlign(rows, [y])),
    spoken: string.spoken,
  };
}

function heard(sound: Sound, spoken: readonly Span[]) {
  return {
    logMel: logMel(
      sound.map((sample) => sample / 32768),
      LONGEST,
    ),
    spoken,
  };
}
