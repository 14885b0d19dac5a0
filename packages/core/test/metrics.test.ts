import { reference } from '@recurra/backend-reference';
import { apply, dense, graph, rnn, sequence, sequential } from '@recurra/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { ArrayInput } from '../src/data/ndarray.js';
import type { Sample } from '../src/data/samples.js';
import { OptionError, ShapeError } from '../src/errors.js';
import type { LossConfig } from '../src/losses/loss.js';
import { resolveLoss } from '../src/losses/resolve-loss.js';
import { auc } from '../src/metrics/auc.js';
import { confusionMatrix } from '../src/metrics/confusion-matrix.js';
import { accuracy, mae, topK } from '../src/metrics/means.js';
import type { AnyMetric, Metric } from '../src/metrics/metric.js';
import { f1, precision, recall } from '../src/metrics/precision-recall.js';
import { type MetricName, resolveMetrics } from '../src/metrics/resolve-metrics.js';
import { editDistance, spanF1 } from '../src/metrics/sequences.js';

/** What a metric comes to over `rows` of outputs, as two batches. */
function measure(
  given: MetricName | AnyMetric,
  loss: LossConfig,
  rows: readonly (readonly number[])[],
  ys: ArrayInput[],
  weights: Sample['weight'][] = ys.map(() => 1),
) {
  const resolved = resolveLoss(loss);
  const [metric] = resolveMetrics([given], resolved);
  const run = metric.start(resolved);
  const features = rows[0].length;
  for (const [from, to] of [
    [0, 3],
    [3, ys.length],
  ]) {
    const output = { data: Float64Array.from(rows.slice(from, to).flat()), shape: [to - from, features] };
    const part = { batch: to - from, features, weights: weights.slice(from, to) };
    run.update(output, resolved.encode(ys.slice(from, to), part));
  }
  return run.value();
}

/** What a metric comes to of class sequences: rows of predicted classes and rows of right ones, of unequal lengths. */
function measureSequences(
  metric: AnyMetric,
  predicted: readonly (readonly number[])[],
  right: readonly (readonly number[])[],
  classes: number,
  loss: LossConfig = { kind: 'crossEntropy', ignoreLabel: -1 },
) {
  const [batch, time] = [predicted.length, Math.max(...right.map(({ length }) => length))];
  const data = new Float64Array(time * batch * classes);
  for (const [b, row] of predicted.entries())
    for (const [t, label] of row.entries()) data[(t * batch + b) * classes + label] = 1;
  const resolved = resolveLoss(loss);
  const run = metric.start(resolved);
  const lengths = right.map(({ length }) => length);
  run.update(
    { data, shape: [time, batch, classes] },
    resolved.encode(right, { batch, time, features: classes, lengths }),
  );
  return run.value();
}

const probabilities = [
  [0.6, 0.3, 0.1],
  [0.2, 0.5, 0.3],
  [0.1, 0.1, 0.8],
  [0.5, 0.4, 0.1],
  [0.3, 0.3, 0.4],
  [0.25, 0.5, 0.25],
  [0.7, 0.2, 0.1],
  [0.2, 0.2, 0.6],
];
const logits = probabilities.map((row) => row.map(Math.log));
const classes = [0, 1, 2, 1, 2, 0, 0, 1];
const weights = [1, 2, 1, 0.5, 1, 1, 3, 1];
const oneHot = classes.map((label) => [0, 1, 2].map((c) => Number(c === label)));

const scores = [0.9, 0.4, 0.4, 0.7, 0.2, 0.5, 0.4, 0.1].map((score) => [score]);
const labels = [1, 0, 1, 1, 0, 1, 0, 0].map((label) => [label]);

describe('metrics of classes', () => {
  // The numbers are scikit-learn's, of the same probabilities, classes and sample weights.
  it.each<[string, MetricName | AnyMetric, unknown]>([
    ['accuracy', 'accuracy', 8 / 10.5],
    ['top 2', topK({ k: 2 }), 9.5 / 10.5],
    ['top 1', topK({ k: 1 }), 8 / 10.5],
    ['precision', 'precision', 0.7407407407407406],
    ['recall', 'recall', 0.7904761904761904],
    ['f1', 'f1', 0.7524966261808368],
    ['micro precision', precision({ average: 'micro' }), 0.7619047619047619],
    ['micro f1', f1({ average: 'micro' }), 0.7619047619047619],
    ['precision of a class', precision({ class: 1 }), 0.6666666666666666],
    ['recall of a class', recall({ class: 1 }), 0.5714285714285714],
    ['f1 of a class', f1({ class: 1 }), 0.6153846153846154],
    [
      'confusion matrix',
      confusionMatrix(),
      [
        [4, 1, 0],
        [0.5, 2, 1],
        [0, 0, 2],
      ],
    ],
  ])('%s', (_name, metric, expected) => {
    const close = (value: unknown) => {
      if (typeof expected === 'number') expect(value).toBeCloseTo(expected, 12);
      else expect(value).toEqual(expected);
    };
    const fromLogits: LossConfig = { kind: 'crossEntropy', fromLogits: true };
    close(measure(metric, 'crossEntropy', probabilities, classes, weights));
    close(measure(metric, fromLogits, logits, classes, weights));
    close(measure(metric, fromLogits, logits, oneHot, weights));
    // A label's weight does not matter, unless it is 0.
    close(
      measure(metric, { kind: 'crossEntropy', labelWeights: [3, 1, 2] }, probabilities, classes, weights),
    );
  });

  it('auc is the mean over the classes, each against the rest', () => {
    expect(measure('auc', 'crossEntropy', probabilities, classes, weights)).toBeCloseTo(
      0.8805776856197024,
      12,
    );
    expect(measure('auc', 'crossEntropy', probabilities, oneHot)).toBeCloseTo(0.8166666666666668, 12);
    const twice = logits.map((row) => row.map((z) => 2 * z + 1));
    const fromLogits: LossConfig = { kind: 'crossEntropy', fromLogits: true };
    // softmax(2z) is the square of the probabilities, normalised.
    const squares = probabilities.map((row) => {
      const total = row.reduce((sum, p) => sum + p * p, 0);
      return row.map((p) => (p * p) / total);
    });
    expect(measure('auc', fromLogits, twice, classes)).toBe(measure('auc', 'crossEntropy', squares, classes));
  });

  it('perplexity is exp of the mean cross entropy', () => {
    const surprise = classes.reduce((sum, label, i) => sum - weights[i] * logits[i][label], 0);
    const expected = Math.exp(surprise / 10.5);
    expect(measure('perplexity', 'crossEntropy', probabilities, classes, weights)).toBeCloseTo(expected, 12);
    const fromLogits: LossConfig = { kind: 'crossEntropy', fromLogits: true };
    expect(measure('perplexity', fromLogits, logits, oneHot, weights)).toBeCloseTo(expected, 12);
  });

  it('two classes have the scores of class 1, and one that does not occur is left out', () => {
    const rows = [
      [0.9, 0.1],
      [0.4, 0.6],
      [0.2, 0.8],
      [0.3, 0.7],
    ];
    const right = [0, 0, 1, 1];
    expect(measure('f1', 'crossEntropy', rows, right)).toBeCloseTo(0.8, 12);
    expect(measure('auc', 'crossEntropy', rows, right)).toBe(1);
    const three = rows.map((row) => [...row, 0]);
    expect(measure('f1', 'crossEntropy', three, right)).toBeCloseTo(0.7333333333333334, 12);
  });

  it('ignored labels count nowhere', () => {
    const ignoring: LossConfig = { kind: 'crossEntropy', ignoreLabel: -1 };
    const ignored = classes.map((label, i) => (i < 4 ? label : -1));
    for (const metric of ['accuracy', 'perplexity', 'f1', 'auc', confusionMatrix()] as const)
      expect(measure(metric, ignoring, probabilities, ignored)).toEqual(
        measure(metric, 'crossEntropy', probabilities.slice(0, 4), classes.slice(0, 4)),
      );
  });
});

describe('metrics of labels', () => {
  it.each<[string, MetricName | AnyMetric, number, Sample['weight'][]?]>([
    ['accuracy', 'accuracy', 6 / 8],
    ['auc with ties', 'auc', 0.9375],
    ['weighted auc', 'auc', 0.8979591836734694, weights],
    ['precision', 'precision', 1],
    ['recall', 'recall', 0.5],
    ['weighted f1', 'f1', 0.6, weights],
    ['f1 at another threshold', f1({ threshold: 0.3 }), 0.8],
    ['macro f1', f1({ average: 'macro' }), 0.7333333333333334],
  ])('of one output: %s', (_name, metric, expected, weights) => {
    expect(measure(metric, 'binaryCrossEntropy', scores, labels, weights)).toBeCloseTo(expected, 12);
    const logits = scores.map(([p]) => [Math.log(p / (1 - p))]);
    const fromLogits: LossConfig = { kind: 'binaryCrossEntropy', fromLogits: true };
    expect(measure(metric, fromLogits, logits, labels, weights)).toBeCloseTo(expected, 12);
  });

  it('of several outputs, each of which is a class', () => {
    const rows = scores.map(([p], i) => [p, 1 - p, scores[7 - i][0]]);
    const ys = labels.map(([label]) => [label, 0, label]);
    expect(measure('f1', 'binaryCrossEntropy', rows, ys)).toBeCloseTo(0.2222222222222222, 12);
    const micro = measure(f1({ average: 'micro' }), 'binaryCrossEntropy', rows, ys);
    expect(micro).toBeCloseTo(0.23529411764705882, 12);
    // The label that nothing has has no curve.
    expect(measure('auc', 'binaryCrossEntropy', rows, ys)).toBeCloseTo(0.5625, 12);
    expect(() => measure(confusionMatrix(), 'binaryCrossEntropy', rows, ys)).toThrow('not for 3 labels');
  });

  it('a confusion matrix of no and yes', () => {
    expect(measure(confusionMatrix(), 'binaryCrossEntropy', scores, labels)).toEqual([
      [4, 0],
      [2, 2],
    ]);
  });
});

it('metrics of numbers', () => {
  const rows = [[1], [2], [4], [0]];
  expect(measure('rmse', 'huber', rows, [1, 2, 3, 0], [1, 1, 2, 4])).toBeCloseTo(Math.sqrt(2 / 8), 12);
  expect(measure('mae', 'meanSquaredError', rows, [1, 2, 3, 2], [1, 1, 2, 4])).toBeCloseTo(10 / 8, 12);
});

describe('metrics of sequences', () => {
  const tags = ['O', 'B-MISC', 'I-MISC', 'B-PER', 'I-PER'];
  const numbersOf = (rows: string[]) =>
    rows.map((row) => row.split(' ').map((tag) => (tag === '-' ? -1 : tags.indexOf(tag))));

  it.each([
    // The example of seqeval.
    [
      ['O O B-MISC I-MISC I-MISC I-MISC O', 'B-PER I-PER O'],
      ['O O O B-MISC I-MISC I-MISC O', 'B-PER I-PER O'],
      0.5,
    ],
    // A span also begins at an I after another type or O, and ends where the sequence does: 3 of 3, of which 2 are right.
    [['I-PER I-PER I-MISC O B-PER'], ['B-PER I-PER B-MISC I-MISC B-PER'], 2 / 3],
    // Two spans side by side are not one.
    [['B-PER B-PER'], ['B-PER I-PER'], 0],
    // Ignored steps are taken out on both sides.
    [['B-PER O I-PER O'], ['B-PER - I-PER O'], 1],
    [['O O'], ['O O'], 0],
  ])('span F1 of %j for %j', (predicted, right, expected) => {
    const value = measureSequences(spanF1({ labels: tags }), numbersOf(predicted), numbersOf(right), 5);
    expect(value).toBeCloseTo(expected, 12);
  });

  it('edit distance, also for each class of the targets, and up to the end', () => {
    const predicted = [
      [1, 2, 3, 0, 2],
      [2, 1, 0, 1],
    ];
    const right = [
      [1, 3, 3, 2, 0],
      [2, 2, 1, 0],
    ];
    // 1 2 3 0 2 → 1 3 3 2 0: replace 2 by 3, insert 2, delete the last; 2 1 0 1 → 2 2 1 0: insert 2, delete 1.
    expect(measureSequences(editDistance(), predicted, right, 4)).toBe((3 + 2) / 2);
    expect(measureSequences(editDistance({ normalize: true }), predicted, right, 4)).toBeCloseTo(5 / 9, 12);
    // 1 2 3 → 1 3 3 2, and 2 1 → 2 2 1.
    expect(measureSequences(editDistance({ end: 0 }), predicted, right, 4)).toBe((2 + 1) / 2);
    const ended = editDistance({ end: 0, normalize: true });
    expect(measureSequences(ended, predicted, right, 4)).toBeCloseTo(3 / 7, 12);
    // What is ignored is no edit, and a row of nothing is no sequence.
    expect(measureSequences(editDistance(), [[1, 2], [1]], [[1, -1], [-1]], 4)).toBe(0);
  });

  it('want an output with steps, and a label for each class', () => {
    expect(() => measure(editDistance(), 'crossEntropy', probabilities, classes)).toThrow(ShapeError);
    const few = spanF1({ labels: ['O', 'B-X'] });
    expect(() => measureSequences(few, [[0]], [[0]], 3)).toThrow('2 labels, and the model has 3 classes');
    expect(() => spanF1({ labels: ['O', 'X'] })).toThrow('labels must be O, B-TYPE or I-TYPE, not "X"');
  });
});

describe('a list of metrics', () => {
  const resolve = (metrics: unknown, loss: LossConfig) => () =>
    resolveMetrics(metrics as MetricName[], resolveLoss(loss));

  it('has names and metrics that fit the loss, each under a name of its own', () => {
    const message = '"accuracy" does not exist for the loss huber, which has rmse, mae';
    expect(resolve(['accuracy'], 'huber')).toThrow(message);
    expect(resolve(['top'], 'crossEntropy')).toThrow(OptionError);
    expect(resolve([topK({ k: 2 })], 'huber')).toThrow(
      'top2 is for classes, and the targets of the loss huber are numbers',
    );
    expect(resolve(['f1', f1({ average: 'micro' })], 'crossEntropy')).toThrow(
      'the name "f1" is already used',
    );
    const several = resolve(['f1', f1({ average: 'micro', name: 'microF1' })], 'crossEntropy')();
    expect(several.map(({ name }) => name)).toEqual(['f1', 'microF1']);
    expect(() => f1({ average: 'micro', class: 1 })).toThrow('set either average or class');
    expect(() => mae({ nam: 'x' } as never)).toThrow('did you mean "name"');
  });

  it('takes any built-in metric with a custom loss, whose targets are what they look like', () => {
    const loss = { ...resolveLoss('crossEntropy'), kind: 'focal', targetKind: undefined };
    const [metric] = resolveMetrics([accuracy()], loss);
    const run = metric.start(loss);
    run.update(
      { data: new Float64Array([0.2, 0.8]), shape: [1, 2] },
      loss.encode([1], { batch: 1, features: 2 }),
    );
    expect(run.value()).toBe(1);
  });

  it('is typed by what each metric comes to', () => {
    expectTypeOf(f1()).toEqualTypeOf<Metric<number, 'f1'>>();
    expectTypeOf(f1({ name: 'macroF1' })).toEqualTypeOf<Metric<number, 'macroF1'>>();
    expectTypeOf(confusionMatrix()).toEqualTypeOf<Metric<number[][], 'confusionMatrix'>>();
    expectTypeOf(auc().start(resolveLoss('crossEntropy')).value()).toEqualTypeOf<number>();
  });
});

describe('scores are typed by the metrics', async () => {
  const backend = await reference();
  const samples = [0, 1, 2, 0].map((y) => ({ x: [[y], [1]], y }));

  it('of a chain', async () => {
    const network = sequential([rnn({ units: 2 }), dense({ units: 3, activation: 'softmax' })], {
      inputShape: [null, 1],
    }).on(backend);
    const largest: Metric = { name: 'largest', start: () => ({ update: () => {}, value: () => 7 }) };
    const metrics = ['accuracy', topK({ k: 3 }), confusionMatrix(), largest] as const;
    const scores = await network.evaluate(samples, { loss: 'crossEntropy', metrics });
    expectTypeOf(scores.loss).toEqualTypeOf<number>();
    expectTypeOf(scores.accuracy).toEqualTypeOf<number>();
    expectTypeOf(scores.confusionMatrix).toEqualTypeOf<number[][]>();
    expect([scores.top3, scores.largest]).toEqual([1, 7]);
    expect(scores.confusionMatrix.flat().reduce((sum, x) => sum + x)).toBe(4);

    const few = await network.evaluate(samples, { loss: 'crossEntropy', metrics: [confusionMatrix()] });
    // @ts-expect-error it was not measured
    expect(few.accuracy).toBe(undefined);
    const { epochs } = await network.fit(samples, {
      loss: 'crossEntropy',
      optimizer: 'adam',
      validation: { samples },
      metrics: ['f1', confusionMatrix()],
    }).done;
    expectTypeOf(epochs[0].validation).toEqualTypeOf<
      | ({ readonly loss: number; readonly unaligned?: number } & {
          readonly f1: number;
          readonly confusionMatrix: number[][];
        })
      | undefined
    >();
    const list: MetricName[] = ['accuracy'];
    const some = await network.evaluate(samples, { loss: 'crossEntropy', metrics: list });
    expectTypeOf(some.accuracy).toEqualTypeOf<number | undefined>();
  });

  it('of a graph', async () => {
    const model = graph({ x: sequence(1) }, ({ x }) => {
      const memory = apply(rnn({ units: 2 }), x);
      return {
        intent: apply(dense({ units: 3, activation: 'softmax' }), memory),
        size: apply(dense({ units: 1 }), memory),
      };
    });
    const two = samples.map(({ x, y }) => ({ x: { x }, y: { intent: y, size: [y] } }));
    const scores = await model.on(backend).evaluate(two, {
      loss: { intent: 'crossEntropy', size: 'huber' },
      metrics: { intent: [confusionMatrix(), 'f1'], size: ['mae'] },
    });
    expectTypeOf(scores['intent.confusionMatrix']).toEqualTypeOf<number[][]>();
    expectTypeOf(scores['size.mae']).toEqualTypeOf<number>();
    expectTypeOf(scores['size.loss']).toEqualTypeOf<number | undefined>();
    expect(scores.loss).toBeCloseTo((scores['intent.loss'] ?? 0) + (scores['size.loss'] ?? 0), 12);
    const wrong = { intent: ['f1'], sise: ['mae'] } as const;
    const options = { loss: { intent: 'crossEntropy', size: 'huber' } } as const;
    // @ts-expect-error there is no such output
    const refused = model.on(backend).evaluate(two, { ...options, metrics: wrong });
    await expect(refused).rejects.toThrow('there is no output "sise"; did you mean "size"?');
    // @ts-expect-error it was not measured
    expect(scores['size.f1']).toBe(undefined);
  });
});
