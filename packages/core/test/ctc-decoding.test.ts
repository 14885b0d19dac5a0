import { ctcAlign, ctcBeamSearch, ctcGreedy, DataError, OptionError, ShapeError } from '@recurra/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allReadings, rowsUpTo } from './ctc-paths.js';

const fromLogits = true;

describe('laws', () => {
  it('a prefix beam that is wide enough adds up all paths of every list of labels', () => {
    fc.assert(
      fc.property(rowsUpTo(6, 4), ({ frames, blank }) => {
        const readings = allReadings({ frames, blank });
        const width = readings.size;
        const [{ alternatives, ...best }] = ctcBeamSearch([frames], { blank, width, fromLogits });
        const all = [best, ...alternatives];
        expect(all).toHaveLength(width);
        for (const [i, { labels, score }] of all.entries()) {
          expect(score).toBeCloseTo(Math.log(readings.get(labels.join())?.probability ?? Number.NaN), 9);
          expect(score).toBeLessThanOrEqual(all[i - 1]?.score ?? 0);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('greedy finds the best single path, and the alignment the best one of each list of labels', () => {
    fc.assert(
      fc.property(rowsUpTo(5, 3), ({ frames, blank }) => {
        const readings = [...allReadings({ frames, blank }).values()];
        const [greedy] = ctcGreedy([frames], { blank, fromLogits });
        const most = Math.max(...readings.map(({ best }) => best.probability));
        expect(greedy.score).toBeCloseTo(Math.log(most), 9);
        for (const { labels, best } of readings) {
          const [aligned] = ctcAlign([frames], [labels], { blank, fromLogits });
          expect(aligned.score).toBeCloseTo(Math.log(best.probability), 9);
          expect(aligned.labels).toEqual(labels);
          const product = aligned.path.reduce((sum, label, t) => sum + frames[t][label], 0);
          expect(product).toBeCloseTo(aligned.score, 9);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('a language model adds to the score once for each label', () => {
    const model = (labels: readonly number[], next: number) => Math.sin(3 * labels.length + next);
    const bonus = (labels: readonly number[]) =>
      labels.reduce((sum, label, i) => sum + model(labels.slice(0, i), label), 0);
    fc.assert(
      fc.property(rowsUpTo(5, 3), ({ frames, blank }) => {
        const readings = [...allReadings({ frames, blank }).values()];
        const expected = readings.map(({ labels, probability }) => Math.log(probability) + bonus(labels));
        const [{ score, labels }] = ctcBeamSearch([frames], {
          blank,
          width: readings.length,
          languageModel: model,
          fromLogits,
        });
        expect(score).toBeCloseTo(Math.max(...expected), 9);
        const own = readings.findIndex((reading) => reading.labels.join() === labels.join());
        expect(score).toBeCloseTo(expected[own], 9);
      }),
      { numRuns: 15 },
    );
  });
});

it('the most probable labels are not those of the best path', () => {
  // The example of section 3.2 of Graves et al.: the best path is all blank, and label 1 has three paths.
  const frames = [
    [0.6, 0.4],
    [0.6, 0.4],
  ];
  expect(ctcGreedy([frames])[0]).toMatchObject({ labels: [], path: [0, 0] });
  const [{ labels, score, alternatives }] = ctcBeamSearch([frames], { width: 2 });
  expect(labels).toEqual([1]);
  expect(score).toBeCloseTo(Math.log(0.64), 12);
  expect(alternatives.map((other) => other.labels)).toEqual([[]]);
});

it('reads what predict returns: ragged rows, padded arrays with lengths, logits and probabilities', () => {
  const sure = (label: number) => [0, 1, 2].map((c) => (c === label ? 0.98 : 0.01));
  const rows = [[1, 1, 0, 1, 2, 2].map(sure), [0, 2, 0].map(sure)];
  const data = new Float32Array(2 * 6 * 3);
  for (const [b, frames] of rows.entries()) data.set(frames.flat(), b * 18);
  const ragged = ctcGreedy(rows);
  expect(ragged.map(({ labels }) => labels)).toEqual([[1, 1, 2], [2]]);
  expect(ragged[0].spans).toEqual([
    [0, 2],
    [3, 4],
    [4, 6],
  ]);
  const padded = ctcGreedy({ data, shape: [2, 6, 3] }, { lengths: [6, 3] });
  expect(padded.map(({ path }) => path)).toEqual(ragged.map(({ path }) => path));
  const shifted = rows.map((frames) => frames.map((frame) => frame.map((p) => Math.log(p) + 5)));
  const [best] = ctcBeamSearch(shifted, { fromLogits: true });
  expect(best.labels).toEqual([1, 1, 2]);
  expect(best.score).toBeCloseTo(ctcBeamSearch(rows)[0].score, 9);
  expect(ctcAlign([[], rows[1]], [[], [2]]).map(({ path }) => path)).toEqual([[], [0, 2, 0]]);
  expect(ctcBeamSearch([[]])).toEqual([{ labels: [], score: 0, alternatives: [] }]);
});

it('aligns labels of probability 0 too, along the path with the fewest zeros', () => {
  const certain = [
    [1, 0, 0],
    [1, 0, 0],
    [0, 0, 1],
  ];
  const [aligned, impossible] = ctcAlign([certain, certain], [[2], [1, 1]]);
  expect(aligned).toEqual({ labels: [2], spans: [[2, 3]], path: [0, 0, 2], score: 0 });
  expect(impossible).toMatchObject({ labels: [1, 1], path: [1, 0, 1], score: Number.NEGATIVE_INFINITY });
  const [likeliest] = ctcAlign([certain], [[1]]);
  expect(likeliest).toMatchObject({ labels: [1], path: [0, 0, 1], score: Number.NEGATIVE_INFINITY });
});

it('a language model can exclude labels', () => {
  const languageModel = () => Number.NEGATIVE_INFINITY;
  expect(ctcBeamSearch([[[0.1, 0.9]]], { languageModel })[0].labels).toEqual([]);
  const [nothing] = ctcBeamSearch([[[0, 1]]], { languageModel });
  expect(nothing).toEqual({ labels: [], score: Number.NEGATIVE_INFINITY, alternatives: [] });
});

it.each<[() => unknown, new (message: string) => Error, string]>([
  [
    () => ctcGreedy([[[2, 1]]]),
    DataError,
    'ctcGreedy: frame 0 of row 0 must be probabilities that add up to 1, not to 3',
  ],
  [
    () =>
      ctcGreedy([
        [
          [1, 0],
          [0, 0],
        ],
      ]),
    DataError,
    'for padded rows lengths',
  ],
  [() => ctcGreedy([[0.5, 0.5]]), ShapeError, 'row 0 must be [frame][class], not of shape [2]'],
  [() => ctcGreedy([[[1, 0]]], { blank: 2 }), OptionError, 'blank must be one of the 2 classes, not 2'],
  [() => ctcGreedy([[[1, 0]]], { lengths: [2] }), OptionError, 'lengths[0] must be from 0 to 1, not 2'],
  [
    () => ctcGreedy([[[1, 0]]], { lengths: [1, 1] }),
    OptionError,
    'lengths has 2 numbers for a batch of 1 rows',
  ],
  [() => ctcBeamSearch([[[1, 0]]], { width: 0 }), OptionError, 'width must be a positive whole number'],
  [
    () => ctcBeamSearch([[[0.5, 0.5]]], { languageModel: () => Number.NaN }),
    OptionError,
    'languageModel must return a number below ∞, not NaN',
  ],
  [
    () => ctcBeamSearch([[[0.5, 0.5]]], { languageModel: () => Number.POSITIVE_INFINITY }),
    OptionError,
    'languageModel must return a number below ∞, not Infinity',
  ],
  [
    () => ctcAlign([[[0.5, 0.5]]], [[1, 1]]),
    DataError,
    'labels[0] has 2 labels and 1 blank between equal ones, which need 3 frames, but the output has 1',
  ],
  [
    () => ctcAlign([[[0.5, 0.5]]], [[0]]),
    DataError,
    'labels[0][0] must be a label, a whole number from 0 to 1 other than the blank 0, not 0',
  ],
  [() => ctcAlign([[[0.5, 0.5]]], []), OptionError, 'labels must have a list for each of the 1 rows'],
])('%s is an error', (decode, type, message) => {
  expect(decode).toThrow(type);
  expect(decode).toThrow(message);
});
