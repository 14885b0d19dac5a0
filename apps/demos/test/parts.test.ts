/* Tests the parts of the pages that compute something. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  recordingsOf as activitiesOf,
  CHANGES,
  changed as signalsChanged,
} from '../pages/activity/recordings.js';
import { percentOfNearestMeans, scaleOf, windowsOf } from '../pages/activity/windows.js';
import { bestF1, demandOf, f1, runsOf, smoothed, thresholdOf } from '../pages/anomaly/series.js';
import { positionsOf, sampleOf, straightOn, throwsOf } from '../pages/ball/throws.js';
import { distance, flight, WALLS } from '../pages/ball/world.js';
import { percentRightByPosition } from '../pages/both-directions/shares.js';
import { centreOfMass, decodeStrokes, encodeStrokes, imageOf } from '../pages/digits/drawing.js';
import { SIDE, shifted } from '../pages/digits/images.js';
import { naiveBayes } from '../pages/dna/sequences.js';
import { ridge } from '../pages/forecast/ridge.js';
import { features, type Point, pointsOf, resample } from '../pages/handwriting/features.js';
import { features as motionFeatures, partsOf } from '../pages/motion/labelling.js';
import { changed, mirrored, recordingsOf } from '../pages/motion/recordings.js';
import { logMel } from '../pages/speech/log-mel.js';
import { trimmed } from '../pages/speech/sound.js';
import { guesses, isRight, percentRight, puzzles, withMarked } from '../pages/why-lstm/problems.js';
import { bitsOfNgrams } from '../src/n-grams.js';
import { nearestNeighbour } from '../src/nearest-neighbour.js';
import { variantsOf } from '../src/task.js';

const shift = fc.double({ min: -50, max: 50, noNaN: true });
const stride = fc.double({ min: 0.1, max: 10, noNaN: true });

describe('a pen path', () => {
  test('fills the square of the data set, wherever and however large it is drawn', () => {
    const strides = fc.array(fc.tuple(stride, stride), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(strides, stride, shift, shift, (strides, scale, right, up) => {
        const path = [[0, 0] as Point];
        for (const [x, y] of strides) path.push([path[path.length - 1][0] + x, path[path.length - 1][1] - y]);
        const read = resample(path) ?? [];
        const moved = resample(path.map(([x, y]): Point => [scale * x + right, scale * y + up])) ?? [];
        expect([...read[0], ...read[7]].map(Math.round)).toEqual([0, 100, 100, 0]);
        for (const [i, point] of read.entries()) {
          for (const axis of [0, 1]) expect(moved[i][axis]).toBeCloseTo(point[axis], 6);
        }
      }),
    );
  });
  test('is sampled at equal distances: three sides of a square', () => {
    const points = resample(
      [
        [0, 0],
        [30, 0],
        [30, 30],
        [0, 30],
      ],
      4,
    );
    expect(points).toEqual([
      [0, 0],
      [100, 0],
      [100, 100],
      [0, 100],
    ]);
  });
  test('needs more than a single point', () => {
    expect(resample([])).toBeUndefined();
    expect(
      resample([
        [3, 4],
        [3, 4],
      ]),
    ).toBeUndefined();
  });
});

describe('a drawing', () => {
  const coordinate = fc.integer({ min: 0, max: 99 });
  const strokes = fc.array(fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 3,
  });
  test('becomes an image of 20 pixels around its centre of mass, wherever and however large it is drawn', () => {
    const path = [
      [
        [10, 20],
        [40, 20],
        [20, 80],
      ] as Point[],
    ];
    fc.assert(
      fc.property(stride, shift, shift, (scale, right, down) => {
        const moved = path.map((stroke) =>
          stroke.map(([x, y]): Point => [scale * x + right, scale * y + down]),
        );
        const pixels = imageOf(moved) as Uint8Array;
        for (const along of centreOfMass(pixels)) expect(Math.abs(along - 14.5)).toBeLessThan(0.1);
        const inked = [...pixels.keys()].filter((at) => pixels[at] > 127).map((at) => Math.floor(at / SIDE));
        expect(Math.max(...inked) - Math.min(...inked) + 1).toBe(20);
        for (const [at, ink] of (imageOf(path) as Uint8Array).entries())
          expect(Math.abs(pixels[at] - ink)).toBeLessThan(2);
      }),
    );
  });
  test('is undefined without a point, and a dot with one', () => {
    expect(imageOf([])).toBeUndefined();
    const pixels = imageOf([[[50, 50]]]) as Uint8Array;
    expect(pixels[14 * SIDE + 14]).toBe(255);
    expect(pixels.reduce((sum, ink) => sum + ink / 255, 0)).toBeLessThan(10);
  });
  test('is stored in the URL', () => {
    fc.assert(
      fc.property(strokes, (strokes) => {
        expect(decodeStrokes(encodeStrokes(strokes))).toEqual(strokes);
      }),
    );
    expect(decodeStrokes('12345')).toEqual([]);
  });
});

test('an image that is shifted there and back loses the pixels that left it', () => {
  const pixels = new Uint8Array(SIDE * SIDE);
  pixels[0] = 1;
  pixels[5 * SIDE + 6] = 2;
  const there = shifted({ pixels, y: 3 }, -1, 2);
  expect([...there.pixels.entries()].filter(([, ink]) => ink > 0)).toEqual([[7 * SIDE + 5, 2]]);
  expect(shifted(there, 1, -2)).toEqual({ pixels: pixels.map((ink) => (ink === 2 ? 2 : 0)), y: 3 });
});

test('the nearest neighbour decides', () => {
  const digit = (x: number, y: number, label: number) => ({ x: features([[x, y]]), y: label });
  const known = [digit(0, 0, 1), digit(10, 10, 2)];
  const queries = [digit(1, 2, 1), digit(7, 9, 2), digit(4, 4, 2)];
  expect(nearestNeighbour(known, queries, ({ x }) => pointsOf(x).flat())).toBeCloseTo(2 / 3);
});

test('naive Bayes counts how often a letter is at a position', () => {
  const of = (letter: string, kind: number) => ({ letters: letter.repeat(60), kind });
  const known = [of('A', 0), of('C', 1), of('C', 1), of('G', 2)];
  expect(naiveBayes(known, [of('A', 0), of('C', 1), of('G', 2), of('G', 0)])).toBeCloseTo(3 / 4);
  // Nothing is known of the letters, so the most frequent class is predicted.
  expect(naiveBayes(known, [of('N', 1), of('N', 0)])).toBeCloseTo(1 / 2);
});

test('least squares find the weights that made the data', () => {
  const weights = [
    [2, -1],
    [0.5, 3],
    [-4, 0],
  ];
  const rows = Array.from({ length: 40 }, (_, i) => {
    const x = [Math.sin(i), Math.cos(2 * i), 1];
    return { x, y: [0, 1].map((k) => x.reduce((sum, value, j) => sum + value * weights[j][k], 0)) };
  });
  for (const [i, row] of ridge(rows, 1e-9).entries()) {
    for (const [k, value] of row.entries()) expect(value).toBeCloseTo(weights[i][k], 6);
  }
});

describe('n-grams with Witten–Bell smoothing', () => {
  test('a text of two characters by hand', () => {
    // Counted: a b a. Order 1: P(b) = (1 + 2 · 1/2) / (3 + 2) = 2/5; order 2, after a: (1 + 1 · 2/5) / (1 + 1) = 7/10.
    const options = { size: 2, end: 3 };
    expect(bitsOfNgrams([0, 1, 0, 1], { ...options, order: 1 })).toBeCloseTo(-Math.log2(2 / 5));
    expect(bitsOfNgrams([0, 1, 0, 1], { ...options, order: 2 })).toBeCloseTo(-Math.log2(7 / 10));
  });
  test('the probabilities of all next characters add up to 1', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 6, maxLength: 60 }), (ids) => {
        const end = ids.length;
        const options = { order: 4, size: 5, end };
        const sum = [0, 1, 2, 3, 4].reduce((sum, id) => sum + 2 ** -bitsOfNgrams([...ids, id], options), 0);
        expect(sum).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('a ball', () => {
  const thrown = { from: [11.5, 3], velocity: [1.5, 0.5] } as const;
  test('bounces off a wall', () => {
    expect(flight(thrown, 4)).toEqual([
      [11.5, 3],
      [13, 3.5],
      [12.5, 4],
      [11, 4.5],
    ]);
  });
  test('never leaves the room, and moves by the same distance in each frame unless it bounces', () => {
    const [least, most] = WALLS;
    for (const { from, velocity } of throwsOf(3, 200)) {
      const path = flight({ from, velocity }, 30);
      const speed = Math.hypot(...velocity);
      for (const [i, position] of path.entries()) {
        for (const axis of position) expect(axis >= least && axis <= most).toBe(true);
        if (i > 0) expect(distance(path[i - 1], position)).toBeLessThan(speed + 1e-9);
      }
    }
  });
  test('is found in its pictures, so that a straight line is right in mid-air', () => {
    const path = flight({ from: [3, 4], velocity: [0.7, 0.5] }, 11);
    const sample = sampleOf(path, 3);
    for (const [i, position] of positionsOf(sample.y).entries()) {
      expect(distance(position, path[8 + i])).toBeLessThan(1e-9);
      expect(distance(straightOn(sample)[i], position)).toBeLessThan(0.01);
    }
  });
});

describe('alarms', () => {
  // 200 half hours before the first label, errors 0 to 199; then 10 labelled and 10 others.
  const demand = demandOf(
    Array.from({ length: 220 }, (_, i) => ['2014-07-01', '1', i >= 200 && i < 210 ? '1' : '0']),
  );
  const errors = Float64Array.from({ length: 220 }, (_, i) =>
    i < 200 ? i : i < 205 || i === 215 ? 300 : 10,
  );
  test('are raised if the error is above that of 99 in 100 rows before the first label', () => {
    expect(demand.end).toBe(200);
    expect(thresholdOf(errors, demand)).toBe(197);
  });
  test('are scored row by row after it: 5 of 10 found, 1 false', () => {
    expect(f1(errors, 197, demand)).toBeCloseTo((2 * 5) / (6 + 10));
    expect(f1(errors, -1, demand)).toBeCloseTo((2 * 10) / (20 + 10));
    expect(bestF1(errors, demand)).toBeGreaterThanOrEqual(f1(errors, 9, demand));
  });
  test('are grouped in runs', () => {
    expect(runsOf([true, true, false, false, true])).toEqual([
      [0, 2],
      [4, 5],
    ]);
    expect(runsOf([false])).toEqual([]);
  });
  test('smoothing does not change constants', () => {
    for (const value of smoothed(new Float64Array(300).fill(2.5))) expect(value).toBeCloseTo(2.5, 9);
  });
});

describe('sound', () => {
  const data = new URL('../data/speech-digits-fsdd/', import.meta.url);
  test('becomes the features that come with the data set', () => {
    const { file, logmel } = JSON.parse(readFileSync(new URL('logmel-reference.json', data), 'utf8'));
    // 16-bit samples after a header of 44 bytes.
    const wav = readFileSync(new URL(`wav/${file}`, data));
    const samples = Array.from(
      { length: (wav.length - 44) / 2 },
      (_, i) => wav.readInt16LE(44 + 2 * i) / 32768,
    );
    const frames = logMel(samples);
    expect(frames.length).toBe(Math.floor((samples.length - 200) / 160) + 1);
    for (const [frame, row] of (logmel as number[][]).entries()) {
      for (const [band, value] of row.entries()) {
        expect(Math.abs(frames[frame][band] - value)).toBeLessThan(1e-4);
      }
    }
  });
  test('has at least one frame, and at most a hundred', () => {
    expect(logMel([]).length).toBe(1);
    expect(logMel(new Float32Array(40_000)).length).toBe(100);
  });
  test('is cut to its loud part', () => {
    const tone = Array.from({ length: 16_000 }, (_, i) => (i >= 4800 && i < 8000 ? 1000 * Math.sin(i) : 1));
    const cut = trimmed(tone);
    expect(cut.length).toBeGreaterThanOrEqual(3200);
    expect(cut.length).toBeLessThan(3200 + 4 * 160);
    expect(Math.max(...cut.slice(0, 320))).toBeGreaterThan(900);
  });
});

describe('a memory problem', () => {
  const markedIn = (x: readonly (readonly [number, number])[]) =>
    x.flatMap(([, mark], t) => (mark ? [t] : []));

  test('adding marks a number in each half, and the answer is their sum', () => {
    const samples = puzzles('adding', 500, 9, 'test');
    for (const { x, y } of samples) {
      const [first, later, ...more] = markedIn(x);
      expect(more).toEqual([]);
      expect(first).toBeLessThan(4);
      expect(later).toBeGreaterThanOrEqual(4);
      expect(y).toEqual([x[first][0] + x[later][0]]);
    }
    expect(puzzles('adding', 1, 9, 'training')).not.toEqual(samples.slice(0, 1));
    expect(isRight('adding', [1.09], [1])).toBe(true);
    expect(isRight('adding', [1.11], [1])).toBe(false);
  });

  test('copying has bits in the first steps and zeros after them, and the answer is the bits in order', () => {
    for (const { x, y } of puzzles('copying', 50, 10, 'test')) {
      expect(markedIn(x)).toEqual([0, 1, 2, 3]);
      expect(y).toEqual(x.slice(0, 4).map(([bit]) => (bit + 1) / 2));
      expect(x.slice(4)).toEqual(new Array(6).fill([0, 0]));
    }
    expect(isRight('copying', [-1, 2, 3, -4], [0, 1, 1, 0])).toBe(true);
    expect(isRight('copying', [-1, 2, 3, 4], [0, 1, 1, 0])).toBe(false);
  });

  test('without memory, a fifth of the sums are within 0.1, and a sixteenth of the copies are right', () => {
    const adding = puzzles('adding', 20_000, 10, 'test');
    // The sum of two numbers is within 0.1 of 1 for 1 − 0.9² of them, and one number within 0.1 of ½ for 0.2.
    const [later, always] = guesses('adding', adding);
    expect(later.score).toBeCloseTo(20, 0);
    expect(always.score).toBeCloseTo(19, 0);
    const copying = puzzles('copying', 20_000, 10, 'test');
    const zeros = copying.map(() => [-1, -1, -1, -1]);
    expect(percentRight('copying', copying, zeros)).toBeCloseTo(guesses('copying', copying)[0].score, 0);
  });

  test('accepts other values in place of its marked ones', () => {
    const [{ x }] = puzzles('adding', 1, 9, 'test');
    const other = withMarked('adding', x, [0.25, 0.5]);
    expect(markedIn(other.x).map((t) => other.x[t][0])).toEqual([0.25, 0.5]);
    expect(other.y).toEqual([0.75]);
  });
});

describe('recordings of gestures', async () => {
  const file = new URL('../data/gesture-phase-kinect/gesture-phase.csv.gz', import.meta.url);
  const recordings = await recordingsOf(readFileSync(file));

  test('are in the same units, whatever the units of the file, and every frame has a phase', () => {
    expect(recordings.map(({ name }) => name)).toEqual(['a1', 'a2', 'a3', 'b1', 'b3', 'c1', 'c3']);
    for (const { poses, phases } of recordings) {
      const heads = poses.map((pose) => Math.hypot(pose[6], pose[7]));
      expect(heads.reduce((sum, height) => sum + height, 0) / heads.length).toBeCloseTo(1, 9);
      expect(new Set(phases)).toEqual(new Set([0, 1, 2, 3, 4]));
    }
  });

  test('have the same speeds when mirrored, with left and right exchanged, and are unchanged when mirrored twice', () => {
    const [recording] = recordings;
    const twin = mirrored(recording);
    expect(mirrored(twin).poses).toEqual(recording.poses);
    const [frame, other] = [recording, twin].map(({ poses }) => motionFeatures(poses)[200]);
    // The order is left hand, right hand, left wrist, right wrist; the speed is the last of four numbers.
    for (const [left, right] of [
      [15, 19],
      [23, 27],
    ]) {
      expect(other[left]).toBeCloseTo(frame[right], 9);
      expect(other[right]).toBeCloseTo(frame[left], 9);
    }
  });

  test('have no motion in a hand that is held still', () => {
    const frames = motionFeatures(changed(recordings[2], 'left').poses);
    const fastest = (at: number) => Math.max(...frames.map((row) => row[at]));
    expect([15, 23].map(fastest)).toEqual([0, 0]);
    expect(Math.min(...[19, 27].map(fastest))).toBeGreaterThan(0.5);
  });

  test('are cut into parts that overlap by half and cover all frames', () => {
    const x = Array.from({ length: 150 }, (_, i) => [i]);
    const parts = partsOf({ x, y: x.flat() }, 64);
    expect(parts.map(({ y }) => [y[0], y.length])).toEqual([
      [0, 64],
      [32, 64],
      [64, 64],
      [86, 64],
    ]);
  });
});

describe('the signals of an activity', async () => {
  const file = readFileSync(new URL('../data/activity-arem/arem.csv.gz', import.meta.url));
  const recordings = await activitiesOf(new Uint8Array(file));

  test('come from 81 recordings, of which no two share two seconds', () => {
    expect(recordings.length).toBe(81);
    const seen = new Map<string, string>();
    const shared = recordings.flatMap(({ name, readings }) =>
      readings.slice(0, -8).flatMap((_, i) => {
        const part = JSON.stringify(readings.slice(i, i + 8));
        const other = seen.get(part) ?? name;
        seen.set(part, name);
        return other === name ? [] : [`${other} and ${name}`];
      }),
    );
    expect(shared).toEqual([]);
  });

  test('can be reordered, or one pair muted', () => {
    const { readings } = recordings[0];
    const level = [1, 2, 3, 4, 5, 6];
    const sorted = (of: typeof readings) => of.map(String).sort();
    for (const change of CHANGES) {
      const result = signalsChanged(readings, change, level);
      if (change.startsWith('mute')) {
        const pair = Number(change.at(-1));
        const expected = readings.map((reading) =>
          reading.map((value, column) => (column >> 1 === pair ? level[column] : value)),
        );
        expect(result).toEqual(expected);
      } else expect(sorted(result)).toEqual(sorted(readings));
    }
    expect(signalsChanged(readings, 'reversed', level)[0]).toBe(readings[479]);
    expect(signalsChanged(readings, 'shuffled', level)).not.toEqual(readings);
  });

  test('are cut into windows to the last reading, scaled', () => {
    const shortest = recordings.find(
      ({ readings }) => readings.length === 479,
    ) as (typeof recordings)[number];
    const scale = scaleOf([shortest]);
    const windows = windowsOf(shortest, scale, 120);
    expect(windows.map(({ x }) => x.length)).toEqual([120, 120, 120, 120]);
    const column = [...windows.slice(0, 3).flatMap(({ x }) => x), ...windows[3].x.slice(1)].map(
      ([mean]) => mean,
    );
    expect(column.reduce((sum, value) => sum + value, 0) / 479).toBeCloseTo(0, 9);
    expect(column.reduce((sum, value) => sum + value ** 2, 0) / 479).toBeCloseTo(1, 9);
  });

  test('are classified by the nearest mean of an activity', () => {
    const window = (level: number, y: number) => ({ x: [[level - 1], [level + 1]], y });
    const known = [0, 1, 2, 3, 4, 5, 6].flatMap((y) => [window(10 * y - 3, y), window(10 * y + 3, y)]);
    const test = [window(4, 0), window(6, 1), window(14, 1), window(16, 1)];
    expect(percentOfNearestMeans(known, test)).toBe(75);
  });
});

test('networks trained side by side differ in one setting, and one of them is the chosen one', () => {
  const task = { sideBySide: 'cell', choices: { cell: { label: 'Cell', values: ['a', 'b'] } } } as never;
  expect(variantsOf(task, { cell: 'b', units: 3 })).toEqual([
    { name: 'a', settings: { cell: 'a', units: 3 }, followed: false },
    { name: 'b', settings: { cell: 'b', units: 3 }, followed: true },
  ]);
  expect(variantsOf({ choices: {} } as never, { units: 3 })).toEqual([
    { name: '', settings: { units: 3 }, followed: true },
  ]);
});

test('words with the right tag are counted by their position in a slot', () => {
  const truth = [{ tags: ['B-city', 'I-city', 'O'] }, { tags: ['O', 'B-state', 'O'] }];
  const found = [{ tags: ['B-city', 'O', 'O'] }, { tags: ['O', 'B-city', 'B-city'] }];
  expect(percentRightByPosition(found, truth)).toEqual([50, 0, (100 * 2) / 3]);
});
