/* The recordings of the data set, as inputs of the network. */
import { rowsOf, unzipped } from '../../src/files.js';
import { BANDS } from './log-mel.js';

export interface Recording {
  /** [frames][BANDS], from {@link features}. */
  readonly x: readonly number[][];
  /** The digit. */
  readonly y: number;
}

/** A recording as it is in the data set. */
export interface SpokenDigit {
  readonly digit: number;
  readonly speaker: string;
  /** Which of the speaker's recordings of this digit it is, from 0. */
  readonly take: number;
  /** The logarithm of the energy, [frames][BANDS]. */
  readonly logMel: readonly (readonly number[])[];
}

/** @param files the contents of index.csv.gz and logmel.u8.gz */
export async function spokenDigitsOf([index, bands]: readonly Uint8Array[]): Promise<SpokenDigit[]> {
  const bytes = await unzipped(bands);
  let at = 0;
  return (await rowsOf(index)).map(([digit, speaker, take, frames]) => {
    const logMel = Array.from({ length: Number(frames) }, (_, frame) => {
      const row = bytes.subarray(at + frame * BANDS, at + (frame + 1) * BANDS);
      return Array.from(row, (byte) => -6 + ((4 * byte + 1.5) / 255) * 9.2);
    });
    at += Number(frames) * BANDS;
    return { digit: Number(digit), speaker, take: Number(take), logMel };
  });
}

/** The recordings of the speaker `heldOut` are for the score, all others for training. */
export async function recordingsOf(
  files: readonly Uint8Array[],
  heldOut: string,
): Promise<{ training: Recording[]; test: Recording[] }> {
  const spoken = await spokenDigitsOf(files);
  const of = (isTest: boolean) =>
    spoken
      .filter(({ speaker }) => (speaker === heldOut) === isTest)
      .map(({ digit, logMel }) => ({ x: features(logMel), y: digit }));
  return { training: of(false), test: of(true) };
}

/** Subtracts the mean level of the recording, so that loudness does not matter. */
export function features(logMel: readonly (readonly number[])[]): number[][] {
  const levels = logMel.flat();
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  return logMel.map((row) => row.map((level) => level - mean));
}

/** Each recording three times: as if by a deeper voice, unchanged, and as if by a higher one. */
export function inThreeVoices(recordings: readonly Recording[]): Recording[] {
  return recordings.flatMap(({ x, y }) => [-1, 0, 1].map((by) => ({ x: shifted(x, by), y })));
}

/**
 * The frames shifted `by` bands up, or down if it is negative. The band at the end, which has no neighbour to be shifted from,
 * stays.
 */
export function shifted(x: readonly (readonly number[])[], by: number): number[][] {
  return x.map((row) => row.map((_, band) => row[Math.min(Math.max(band - by, 0), row.length - 1)]));
}

/** Ten frames at equal distances from the first to the last, concatenated. */
export function tenFrames(x: readonly (readonly number[])[]): number[] {
  return Array.from({ length: 10 }, (_, i) => x[Math.round((i * (x.length - 1)) / 9)]).flat();
}
