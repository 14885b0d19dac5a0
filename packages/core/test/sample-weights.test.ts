import { reference } from '@recurra/backend-reference';
import {
  DataError,
  dense,
  embedding,
  type FitOptions,
  gru,
  type Layer,
  type LossConfig,
  type MetricName,
  masking,
  type Network,
  rnn,
  type Sample,
  sequential,
  sgd,
} from '@recurra/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const backend = await reference();
const { sin, cos, sqrt } = Math;

const sequence = (length: number, phase: number) =>
  Array.from({ length }, (_, t) => [sin(phase + t), cos(2 * t - phase)]);
const classOf = (n: number) => Math.abs(Math.round(3 * sin(5 * n))) % 3;
const networkOf = (layers: Layer[], inputShape: (number | null)[] = [null, 2]) =>
  sequential(layers, { inputShape }).on(backend, { seed: 2 });

/**
 * The results that depend on sample weights: the scores, and the network's weights after some training with all samples
 * in one batch.
 */
async function results(
  network: Network,
  samples: Sample[],
  { loss, metrics, bptt }: { loss: LossConfig; metrics: MetricName[]; bptt?: FitOptions['bptt'] },
): Promise<number[]> {
  const scores = await network.evaluate(samples, { loss, metrics, batchSize: 100 });
  const options = {
    loss,
    bptt,
    optimizer: sgd({ learningRate: 0.1 }),
    shuffle: false,
    batchSize: 100,
    epochs: 2,
  } as const;
  const { epochs } = await network.fit(samples, options).done;
  const after = Object.values(await network.getWeights()).flatMap(({ data }) => [...data]);
  return [
    scores.loss,
    ...metrics.map((name) => scores[name] as number),
    ...epochs.map(({ loss }) => loss),
    ...after,
  ];
}

function close(actual: number[], expected: number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 9);
}

interface Problem {
  readonly layers: () => Layer[];
  readonly loss: LossConfig;
  readonly metrics: MetricName[];
  readonly bptt?: FitOptions['bptt'];
  /** Returns the target of a step. */
  readonly y: (n: number) => Sample['y'];
}

const softmax = (returnSequences: boolean) => () => [
  gru({ units: 2, returnSequences }),
  dense({ units: 3, activation: 'softmax' }),
];
const linear = () => [gru({ units: 2, returnSequences: true }), dense({ units: 1 })];
const labelWeights = [0.5, 2, 1];
const problems: [string, Problem][] = [
  [
    'classes',
    { layers: softmax(true), loss: 'crossEntropy', metrics: ['accuracy', 'perplexity'], y: classOf },
  ],
  [
    'classes with label weights',
    {
      layers: softmax(true),
      loss: { kind: 'crossEntropy', labelWeights },
      metrics: ['accuracy'],
      y: classOf,
    },
  ],
  [
    'probabilities with label weights',
    {
      layers: softmax(true),
      loss: { kind: 'crossEntropy', labelWeights },
      metrics: ['perplexity'],
      y: (n) => [sin(n) ** 2, 0, cos(n) ** 2],
    },
  ],
  [
    'yes or no',
    {
      layers: () => [rnn({ units: 2, returnSequences: true }), dense({ units: 2, activation: 'sigmoid' })],
      loss: 'binaryCrossEntropy',
      metrics: ['accuracy'],
      y: (n) => [sin(n) ** 2, classOf(n) % 2],
    },
  ],
  ['numbers', { layers: linear, loss: 'meanSquaredError', metrics: ['rmse', 'mae'], y: sin }],
  ['numbers, in windows', { layers: linear, loss: 'huber', metrics: ['mae'], y: sin, bptt: { window: 2 } }],
];

describe('the weight of a sample', () => {
  const counts = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 3 })), {
    minLength: 1,
    maxLength: 5,
  });

  it.each(problems)('has the same effect as repeating the sample: %s', async (_, problem) => {
    await fc.assert(
      fc.asyncProperty(counts, async (counts) => {
        fc.pre(counts.some(([, count]) => count > 0));
        const samples = counts.map(([length, weight], i) => ({
          x: sequence(length, i),
          y: Array.from({ length }, (_, t) => problem.y(i + 2 * t)) as Sample['y'],
          weight,
        }));
        const repeated = samples.flatMap(({ x, y, weight }) => new Array(weight).fill({ x, y }));
        const of = (all: Sample[]) => results(networkOf(problem.layers()), all, problem);
        close(await of(samples), await of(repeated));
        // Equal weights for all steps have the same effect as one weight, and only the ratios of weights matter.
        const perStep = samples.map(({ x, y, weight }) => ({
          x,
          y,
          weight: Float32Array.from(x, () => 4 * weight),
        }));
        close(await of(perStep), await of(samples));
      }),
      { numRuns: 6 },
    );
  });

  it('may be different for each step: the loss and the metrics are Σ w · l / Σ w', async () => {
    const network = networkOf(linear());
    const samples = [
      { x: sequence(3, 0), y: [1, 2, 3], weight: [0, 2, 0.5] },
      { x: sequence(2, 1), y: [0, 1] },
      { x: sequence(1, 2), y: [7], weight: 0 },
    ];
    const y = await network.predict(samples.map(({ x }) => x));
    const terms = [
      [2, y[0][1][0] - 2],
      [0.5, y[0][2][0] - 3],
      [1, y[1][0][0]],
      [1, y[1][1][0] - 1],
    ];
    const mean = (of: (d: number) => number) => terms.reduce((sum, [w, d]) => sum + w * of(d), 0) / 4.5;
    for (const batchSize of [1, 2, 32]) {
      const scores = await network.evaluate(samples, {
        loss: 'meanSquaredError',
        metrics: ['mae', 'rmse'],
        batchSize,
      });
      expect(scores.loss).toBeCloseTo(
        mean((d) => d ** 2),
        12,
      );
      expect(scores.mae).toBeCloseTo(mean(Math.abs), 12);
      expect(scores.rmse).toBeCloseTo(sqrt(mean((d) => d ** 2)), 12);
    }
    const run = { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 0 }) } as const;
    for (const bptt of [undefined, { window: 2 }]) {
      const { epochs } = await network.fit(samples, { ...run, bptt, validation: { samples } }).done;
      expect(epochs[0].loss).toBeCloseTo(
        mean((d) => d ** 2),
        12,
      );
      expect(epochs[0].validation?.loss).toBeCloseTo(
        mean((d) => d ** 2),
        12,
      );
    }
  });

  it.each<[Partial<Sample> & object, string]>([
    [{ weight: -1 }, 'sample 1: weight must be 0 or more, not -1'],
    [{ weight: Number.NaN }, 'sample 1: weight is NaN, not a finite number'],
    [{ weight: 1e39 }, "sample 1: weight is 1e+39, beyond float32's range"],
    [{ weight: '2' as never }, 'sample 1: weight is "2", not a number'],
    [{ weight: null as never }, 'sample 1: weight is null, not a number'],
    [{ weight: [1, 2] }, 'sample 1: weight must be one number, or one for each of 3 steps, not of shape [2]'],
    [{ weight: [1, -2, 1] }, 'sample 1: weight at step 1 must be 0 or more, not -2'],
    [{ weight: [1, 2, Infinity] }, 'sample 1: weight[2] (step 2) is Infinity, not a finite number'],
    [{ wieght: 0 } as object, 'sample 1: unknown key "wieght"; did you mean "weight"? Known: x, y, weight'],
    [{ length: 3 } as object, 'sample 1: unknown key "length". Known: x, y, weight'],
  ])('is rejected if it is invalid: %j', async (more, message) => {
    const network = networkOf(linear());
    const good = { x: sequence(3, 0), y: [1, 2, 3] };
    const before = await network.getWeights();
    const run = network.fit([good, { ...good, ...more }], {
      loss: 'huber',
      optimizer: 'sgd',
      shuffle: false,
    });
    await expect(run.done).rejects.toThrow(DataError);
    await expect(run.done).rejects.toThrow(message);
    expect(await network.getWeights()).toEqual(before);
    await expect(network.evaluate([good, { ...good, ...more }], { loss: 'huber' })).rejects.toThrow(message);
  });

  it('must be one number if each sample has one output', async () => {
    const network = networkOf(softmax(false)());
    const sample = { x: sequence(3, 0), y: 1, weight: [1, 1, 1] };
    await expect(network.evaluate([sample], { loss: 'crossEntropy' })).rejects.toThrow(
      'sample 0: weight must be one number, not of shape [3]',
    );
  });
});

describe('a masked step', () => {
  it('does not count in losses and metrics, compared with a calculation by hand', async () => {
    const network = networkOf(
      [masking(), rnn({ units: 1, activation: 'linear', returnSequences: true })],
      [null, 1],
    );
    const one = (value: number, ...shape: number[]) => ({ data: Float64Array.of(value), shape });
    network.setWeights({ '1.kernel': one(1, 1, 1), '1.recurrentKernel': one(0, 1, 1), '1.bias': one(0, 1) });
    const sample = { x: [[1], [2], [0], [0]], y: [1, 1, 9, 9] };
    expect(await network.predict([sample.x])).toEqual([[[1], [2], [2], [2]]]);
    // The differences are 0 and 1 at the two unmasked steps.
    const scores = await network.evaluate([sample], { loss: 'meanSquaredError', metrics: ['mae', 'rmse'] });
    expect(scores).toEqual({ loss: 0.5, mae: 0.5, rmse: sqrt(0.5) });
    const { epochs } = await network.fit([sample], { loss: 'meanSquaredError', optimizer: 'sgd' }).done;
    expect(epochs[0].loss).toBe(0.5);
  });

  const token = () => [
    embedding({ inputDim: 5, outputDim: 2, maskZero: true }),
    gru({ units: 3, returnSequences: true }),
    dense({ units: 3, activation: 'softmax' }),
  ];
  const rows = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 })), {
    minLength: 1,
    maxLength: 4,
  });

  it.each([undefined, { window: 2 }])(
    'at the end has the same effect as a shorter row, for every target: bptt %j',
    async (bptt) => {
      await fc.assert(
        fc.asyncProperty(rows, fc.nat(2), async (rows, target) => {
          const tokens = (length: number, i: number) =>
            Array.from({ length }, (_, t) => 1 + ((3 * t + i) % 4));
          const ys = (length: number, i: number) => Array.from({ length }, (_, t) => classOf(t + 2 * i));
          const cut = rows.map(([length], i) => ({
            x: tokens(length, i),
            y: ys(length, i),
            weight: Array.from({ length }, (_, t) => 1 + t),
          }));
          const longest = rows.reduce((most, [length, more]) => Math.max(most, length + more), 0);
          const masked = cut.map(({ x, y, weight }) => {
            const more = longest - x.length;
            const fill = (value: number) => new Array<number>(more).fill(value);
            return { x: [...x, ...fill(0)], y: [...y, ...fill(target)], weight: [...weight, ...fill(5)] };
          });
          const loss = { kind: 'crossEntropy', labelWeights } as const;
          const of = (samples: Sample[]) =>
            results(networkOf(token(), [null]), samples, { loss, metrics: ['accuracy', 'perplexity'], bptt });
          close(await of(masked), await of(cut));
        }),
        { numRuns: 10 },
      );
    },
  );

  it('in the middle has no effect for any padding value', async () => {
    const layers = (padding: number) => [masking({ value: padding }), ...linear()];
    const problem = { loss: 'huber', metrics: ['mae'] } as const;
    const of = (padding: number, samples: Sample[]) =>
      results(networkOf(layers(padding)), samples, { ...problem, metrics: [...problem.metrics] });
    const expected = await of(-1, [{ x: sequence(3, 0), y: [1, 2, 3] }]);
    for (const padding of [0, 7]) {
      const [a, b, c] = sequence(3, 0);
      const pad = [padding, padding];
      close(await of(padding, [{ x: [pad, a, b, pad, pad, c], y: [99, 1, 2, -99, 0, 3] }]), expected);
    }
  });

  it('has no effect if each sample has one output, and a batch of only masked steps changes no weights', async () => {
    const single = networkOf(
      [embedding({ inputDim: 5, outputDim: 2, maskZero: true }), gru({ units: 1 })],
      [null],
    );
    const samples = [
      { x: [1, 2, 0], y: 3 },
      { x: [0, 0, 0], y: 1 },
    ];
    const y = await single.predict(samples.map(({ x }) => x));
    const { loss } = await single.evaluate(samples, { loss: 'meanSquaredError' });
    expect(loss).toBeCloseTo(((y[0][0] - 3) ** 2 + (y[1][0] - 1) ** 2) / 2, 12);

    const network = networkOf(token(), [null]);
    const before = await network.getWeights();
    const nothing = [{ x: [0, 0], y: [1, 2] }];
    const history = await network.fit(nothing, { loss: 'crossEntropy', optimizer: 'adam' }).done;
    expect(history.steps).toBe(0);
    expect(await network.getWeights()).toEqual(before);
    expect(await network.evaluate(nothing, { loss: 'crossEntropy' })).toEqual({ loss: 0 });
  });
});
