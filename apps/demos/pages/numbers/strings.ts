/* Strings of spoken digits: recordings of one speaker, joined with short gaps between them. */
import { type Random, seededRandom } from '@recurra/core';
import { features, type SpokenDigit, shifted, spokenDigitsOf } from '../speech/recordings.js';

/** A digit, and its frames, from the first to the one after the last. */
export interface Span {
  readonly digit: number;
  readonly from: number;
  readonly to: number;
}

export interface SpokenString {
  readonly speaker: string;
  /** The logarithm of the energy, [frames][BANDS]. */
  readonly logMel: readonly (readonly number[])[];
  /** Where each recording is. */
  readonly spoken: readonly Span[];
}

/** Strings in a pass through the training data. */
export const PASS = 1600;
/** Held-out strings. */
const TEST = 300;

/** The longest gap, in frames. */
const GAP = 10;

/** The authors hold out takes 0 to 4 of every speaker and digit; the other split holds out all recordings of theo. */
const isHeldOut: Readonly<Record<string, (recording: SpokenDigit) => boolean>> = {
  takes: ({ take }) => take < 5,
  theo: ({ speaker }) => speaker === 'theo',
};

/** Strings for training, made anew in each pass, and for the score. No recording is in both. */
export async function stringsOf(files: readonly Uint8Array[], split: string) {
  const recordings = await spokenDigitsOf(files);
  const known = recordings.filter((recording) => !isHeldOut[split](recording));
  const draw = seededRandom(1, 'strings');
  return {
    training: () => joinedAtRandom(known, PASS, draw).map((string) => sampleOf(string)),
    known,
    test: joinedAtRandom(recordings.filter(isHeldOut[split]), TEST, seededRandom(1, 'test')),
  };
}

/**
 * The network's input and target. Label 0 is the blank, so a digit's label is one more.
 * @param shift bands by which the spectrum is shifted up, as if by a higher voice
 */
export function sampleOf({ logMel, spoken }: Pick<SpokenString, 'logMel' | 'spoken'>, shift = 0) {
  return { x: shifted(features(logMel), shift), y: spoken.map(({ digit }) => digit + 1) };
}

/** `count` strings of three to six recordings, each string of one speaker. */
export function joinedAtRandom(
  recordings: readonly SpokenDigit[],
  count: number,
  random: Random,
): SpokenString[] {
  const speakers = [...new Set(recordings.map(({ speaker }) => speaker))];
  const own = speakers.map((name) => recordings.filter(({ speaker }) => speaker === name));
  return Array.from({ length: count }, () => {
    const choices = own[random.integer(own.length)];
    const chosen = Array.from(
      { length: 3 + random.integer(4) },
      () => choices[random.integer(choices.length)],
    );
    return joined(chosen, random);
  });
}

/**
 * Joins recordings, with a gap of 0 to {@link GAP} frames before each of them and after the last. A gap is filled with noise: in each
 * band it has the level and the spread of the quietest frames of the recordings beside it, so that it does not mark the cut.
 */
export function joined(recordings: readonly SpokenDigit[], random: Random): SpokenString {
  const quiet = recordings.map(({ logMel }) => quietOf(logMel));
  const logMel: (readonly number[])[] = [];
  const addGap = (before: Quiet, after: Quiet) => {
    const length = random.integer(GAP + 1);
    for (let t = 1; t <= length; t++) {
      const share = t / (length + 1);
      const between = (a: number, b: number) => a + share * (b - a);
      logMel.push(
        before.level.map(
          (level, band) =>
            between(level, after.level[band]) +
            between(before.spread[band], after.spread[band]) * random.normal(),
        ),
      );
    }
  };
  const spoken = recordings.map(({ digit, logMel: frames }, i) => {
    addGap(quiet[Math.max(0, i - 1)], quiet[i]);
    const from = logMel.length;
    logMel.push(...frames);
    return { digit, from, to: logMel.length };
  });
  addGap(quiet[quiet.length - 1], quiet[quiet.length - 1]);
  return { speaker: recordings[0].speaker, logMel, spoken };
}

interface Quiet {
  /** By band. */
  readonly level: readonly number[];
  readonly spread: readonly number[];
}

/** The mean level of each band, and its standard deviation, in the quietest sixth of the frames, but at least in three. */
export function quietOf(logMel: readonly (readonly number[])[]): Quiet {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const frames = [...logMel]
    .sort((a, b) => sum([...a]) - sum([...b]))
    .slice(0, Math.max(3, Math.round(logMel.length / 6)));
  const level = logMel[0].map((_, band) => sum(frames.map((row) => row[band])) / frames.length);
  const spread = level.map((mean, band) =>
    Math.sqrt(sum(frames.map((row) => (row[band] - mean) ** 2)) / frames.length),
  );
  return { level, spread };
}
