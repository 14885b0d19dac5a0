/* Tests the strings of spoken digits, and how they are read without a network. */
import { readFileSync } from 'node:fs';
import { seededRandom } from '@recurra/core';
import { describe, expect, test } from 'vitest';
import { isRight, marksOf } from '../pages/numbers/marks.js';
import { joinedSounds } from '../pages/numbers/saying.js';
import { joinedAtRandom, stringsOf } from '../pages/numbers/strings.js';
import { digitsIn } from '../pages/numbers/windows.js';
import { spokenDigitsOf } from '../pages/speech/recordings.js';

describe('a string of spoken digits', async () => {
  const data = new URL('../data/speech-digits-fsdd/', import.meta.url);
  const files = ['index.csv.gz', 'logmel.u8.gz'].map((name) => readFileSync(new URL(name, data)));

  test('has three to six recordings of one speaker, whole, and quiet gaps of up to ten frames', async () => {
    const recordings = await spokenDigitsOf(files);
    for (const { speaker, logMel: frames, spoken } of joinedAtRandom(recordings, 40, seededRandom(1))) {
      expect(spoken.length).toBeGreaterThanOrEqual(3);
      expect(spoken.length).toBeLessThanOrEqual(6);
      const loud = Math.max(...frames.flat());
      let end = 0;
      for (const { digit, from, to } of [...spoken, { digit: -1, from: frames.length, to: 0 }]) {
        expect(from - end).toBeGreaterThanOrEqual(0);
        expect(from - end).toBeLessThanOrEqual(10);
        expect(Math.max(...frames.slice(end, from).flat(), -9)).toBeLessThan(loud);
        end = to;
        if (digit < 0) continue;
        const whole = recordings.find(({ logMel }) => logMel[0] === frames[from]);
        expect(whole).toMatchObject({ digit, speaker });
        expect(whole?.logMel.every((row, t) => row === frames[from + t])).toBe(true);
        expect(whole?.logMel.length).toBe(to - from);
      }
    }
  });
  test('is of other recordings for the score than for training', async () => {
    for (const [split, count] of [
      ['takes', 300],
      ['theo', 250],
    ] as const) {
      const { known, test } = await stringsOf(files, split);
      expect(known.length).toBe(2750 - count);
      const frames = new Set(known.flatMap(({ logMel }) => logMel));
      const shared = test.flatMap(({ logMel }) => logMel.filter((row) => frames.has(row)));
      expect(shared).toEqual([]);
    }
  });
  test('is joined from sounds, whose quietest parts fill the pauses', () => {
    const loud = Array.from({ length: 1600 }, (_, i) => (i < 480 ? 1 : 1000));
    const { sound, spoken } = joinedSounds([4, 2], [loud, loud]);
    expect(spoken).toEqual([
      { digit: 4, from: 5, to: 15 },
      { digit: 2, from: 20, to: 30 },
    ]);
    expect(sound).toEqual([
      ...Array(800).fill(1),
      ...loud,
      ...Array(800).fill(1),
      ...loud,
      ...Array(800).fill(1),
    ]);
  });
  test('is compared with what was read: a wrong digit, one that was not spoken and one that was missed', () => {
    expect(marksOf([1, 9, 3], [1, 2, 3]).map(isRight)).toEqual([true, false, true]);
    expect(marksOf([1, 2, 2, 3], [1, 2, 3]).filter(({ spoken }) => spoken === undefined)).toEqual([
      { read: 2 },
    ]);
    expect(marksOf([1, 3], [1, 2, 3])).toEqual([
      { read: 1, spoken: 1 },
      { spoken: 2 },
      { read: 3, spoken: 3 },
    ]);
    expect(marksOf([], [7])).toEqual([{ spoken: 7 }]);
  });
  test('is covered with the windows that do not overlap and are nearest to a digit', () => {
    const window = (digit: number, from: number, distance: number) => ({
      digit,
      from,
      to: from + 10,
      distance,
    });
    const windows = [
      window(5, 20, 0.2),
      window(1, 0, 0.1),
      window(2, 5, 0.05),
      window(3, 10, 0.1),
      window(4, 40, 0.9),
    ];
    expect(digitsIn(windows, 0.5)).toEqual([1, 3, 5]);
    expect(digitsIn(windows, 0.08)).toEqual([2]);
  });
});
