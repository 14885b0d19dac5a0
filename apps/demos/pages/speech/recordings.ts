/* The recordings of the data set, as inputs of the network. */
import { rowsOf, unzipped } from '../../src/files.js';
import { BANDS } from './log-mel.js';

export interface Recording {
  /** [frames][BANDS], from {@link features}. */
  readonly x: readonly number[][];
  /** The digit. */
  readonly y: number;
}

/** The recordings of the speaker `heldOut` are for the score, all others for training. */
export async function recordingsOf(
  [index, bands]: readonly Uint8Array[],
  heldOut: string,
): Promise<{ training: Recording[]; test: Recording[] }> {
  const bytes = await unzipped(bands);
  const training: Recording[] = [];
  const test: Recording[] = [];
  let at = 0;
  for (const [digit, speaker, , frames] of await rowsOf(index)) {
    const logMel = Array.from({ length: Number(frames) }, (_, frame) => {
      const row = bytes.subarray(at + frame * BANDS, at + (frame + 1) * BANDS);
      return Array.from(row, (byte) => -6 + ((4 * byte + 1.5) / 255) * 9.2);
    });
    at += Number(frames) * BANDS;
    (speaker === heldOut ? test : training).push({ x: features(logMel), y: Number(digit) });
  }
  return { training, test };
}

/** Subtracts the mean level of the recording, so that loudness does not matter. */
export function features(logMel: readonly (readonly number[])[]): number[][] {
  const levels = logMel.flat();
  const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length;
  return logMel.map((row) => row.map((level) => level - mean));
}

/**
 * Each recording three times: shifted one band lower, as if by a deeper voice, unchanged, and one band higher. The band at the
 * end, which has no neighbour to be shifted from, stays.
 */
export function inThreeVoices(recordings: readonly Recording[]): Recording[] {
  const shifted = (row: readonly number[], by: number) =>
    row.map((_, band) => row[Math.min(Math.max(band - by, 0), row.length - 1)]);
  return recordings.flatMap(({ x, y }) =>
    [-1, 0, 1].map((by) => ({ x: x.map((row) => shifted(row, by)), y })),
  );
}

/** Ten frames at equal distances from the first to the last, concatenated. */
export function tenFrames(x: readonly (readonly number[])[]): number[] {
  return Array.from({ length: 10 }, (_, i) => x[Math.round((i * (x.length - 1)) / 9)]).flat();
}
