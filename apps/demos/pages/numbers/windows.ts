/*
 * A baseline that knows where each training recording begins and ends: windows slide over the string, and each is compared with
 * single digits.
 */
import { seededRandom } from '@recurra/core';
import { levenshtein } from '@recurra/core/backend';
import type { Baseline } from '../../src/task.js';
import { features, type SpokenDigit, tenFrames } from '../speech/recordings.js';
import { joinedAtRandom, type SpokenString } from './strings.js';

/** Lengths of the windows, and frames between their starts. */
const LENGTHS = [12, 17, 23, 30, 40];
const HOP = 3;

interface Template {
  readonly digit: number;
  readonly values: readonly number[];
}

/** A part of a string, the digit that it resembles most, and how far it is from it. */
export interface Window {
  readonly digit: number;
  readonly from: number;
  readonly to: number;
  readonly distance: number;
}

/**
 * The rate of wrong digits in %, with the templates that `known` gives. The distance from which on a window is no digit is chosen
 * on strings of a fifth of the training recordings, with templates of the others.
 * @param quick only 25 of the strings are read
 */
export function slidingWindow(
  known: readonly SpokenDigit[],
  test: readonly SpokenString[],
  quick: boolean,
): Baseline {
  const strings = joinedAtRandom(
    known.filter((_, i) => i % 5 === 0),
    20,
    seededRandom(1, 'thresholds'),
  );
  const others = templatesOf(known.filter((_, i) => i % 5 !== 0));
  const tried = strings.map((string) => ({ string, windows: windowsOf(string, others) }));
  const wrong = (limit: number) =>
    errorRate(tried.map(({ string, windows }) => [string, digitsIn(windows, limit)]));
  const limits = Array.from({ length: 30 }, (_, i) => 0.02 * (i + 1));
  const limit = limits.reduce((best, limit) => (wrong(limit) < wrong(best) ? limit : best));
  const templates = templatesOf(known);
  const read = test
    .slice(0, quick ? 25 : test.length)
    .map((string) => [string, digitsIn(windowsOf(string, templates), limit)] as const);
  return { name: 'sliding window, nearest neighbour', score: 100 * errorRate(read) };
}

function errorRate(read: readonly (readonly [SpokenString, readonly number[]])[]): number {
  let edits = 0;
  let total = 0;
  for (const [{ spoken }, digits] of read) {
    edits += levenshtein(
      digits,
      spoken.map(({ digit }) => digit),
    );
    total += spoken.length;
  }
  return edits / total;
}

function templatesOf(recordings: readonly SpokenDigit[]): Template[] {
  return recordings.map(({ digit, logMel }) => ({ digit, values: tenFrames(features(logMel)) }));
}

/** All windows of a string, each with the digit of its nearest template. */
function windowsOf({ logMel }: SpokenString, templates: readonly Template[]): Window[] {
  return LENGTHS.flatMap((length) =>
    Array.from({ length: Math.max(0, Math.floor((logMel.length - length) / HOP) + 1) }, (_, i) => {
      const from = i * HOP;
      const values = tenFrames(features(logMel.slice(from, from + length)));
      let digit = 0;
      let least = Number.POSITIVE_INFINITY;
      for (const template of templates) {
        let sum = 0;
        for (let k = 0; k < values.length && sum < least; k++) sum += (values[k] - template.values[k]) ** 2;
        if (sum < least) [digit, least] = [template.digit, sum];
      }
      return { digit, from, to: from + length, distance: least / values.length };
    }),
  );
}

/**
 * The digits of the windows that do not overlap and whose distances are the most below `limit`, summed over their frames: found by
 * dynamic programming.
 */
export function digitsIn(windows: readonly Window[], limit: number): number[] {
  const end = Math.max(0, ...windows.map(({ to }) => to));
  /** For each frame, the most that windows before it gain, and the last of them. */
  const gains = new Float64Array(end + 1);
  const last: (Window | undefined)[] = [];
  for (let t = 1; t <= end; t++) {
    gains[t] = gains[t - 1];
    for (const window of windows) {
      if (window.to !== t) continue;
      const gain = gains[window.from] + (limit - window.distance) * (t - window.from);
      if (gain > gains[t]) {
        gains[t] = gain;
        last[t] = window;
      }
    }
  }
  const digits: number[] = [];
  for (let t = end; t > 0; ) {
    const window = last[t];
    if (window) digits.unshift(window.digit);
    t = window ? window.from : t - 1;
  }
  return digits;
}
