import { reference } from '@recurra/backend-reference';
import {
  adam,
  apply,
  confusionMatrix,
  dense,
  dropout,
  f1,
  graph,
  loadNetwork,
  lstm,
  type Metric,
  type MetricValue,
  OptionError,
  rnn,
  type Sample,
  sequence,
  sequential,
  sgd,
  topK,
  UnsupportedError,
} from '@recurra/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

const backend = await reference();
const samples: Sample[] = Array.from({ length: 10 }, (_, n) => ({
  x: Array.from({ length: 3 + (n % 2) }, (_, t) => [Math.sin(n * 1.3 + t), Math.cos(n * 0.7 * t)]),
  y: n % 3,
}));
const model = sequential([lstm({ units: 4, dropout: 0.2 }), dense({ units: 3, activation: 'softmax' })], {
  inputShape: [null, 2],
});
const options = {
  loss: 'crossEntropy',
  optimizer: adam({ learningRate: 0.02 }),
  batchSize: 4,
  epochs: 12,
} as const;
const validation = { samples: samples.slice(0, 4) };

/** A metric that has these values after each epoch, whose validation data are one batch. */
function scripted(values: readonly number[], mode?: 'min' | 'max'): Metric {
  let epoch = 0;
  return {
    name: 'script',
    mode,
    start: () => ({
      update: () => void epoch++,
      value: () => values[epoch - 1] ?? Number.NaN,
    }),
  };
}

describe('early stopping and the best weights', () => {
  const values = [0.1, 0.5, 0.45, 0.52, 0.3, 0.2, 0.9];

  it.each([
    // With 0.05 more needed, epoch 2 stays the best.
    [{ mode: undefined, minDelta: 0.05 }, 'max', values, 2, 4],
    [{ mode: undefined }, 'max', values, 4, 6],
    [{ mode: 'min' }, 'max', values.map((x) => -x), 4, 6],
    [{ mode: 'max' }, undefined, [Number.NaN, ...values], 5, 7],
  ] as const)('by a metric: %j', async (more, mode, values, best, last) => {
    const network = model.on(backend, { seed: 2 });
    const history = await network.fit(samples, {
      ...options,
      validation,
      metrics: [scripted(values, mode)],
      earlyStopping: { monitor: 'script', patience: 2, ...more },
      restoreBest: true,
    }).done;
    expect(history).toMatchObject({ stopped: 'earlyStopping', bestEpoch: best });
    expect(history.epochs).toHaveLength(last);
    const expected = model.on(backend, { seed: 2 });
    await expected.fit(samples, { ...options, epochs: best }).done;
    expect(await network.getWeights()).toEqual(await expected.getWeights());
  });

  it('the best weights alone, of an output of a graph', async () => {
    const graphModel = graph({ x: sequence(2) }, ({ x }) => {
      const memory = apply(rnn({ units: 3 }), x);
      return {
        kind: apply(dense({ units: 3, activation: 'softmax' }), memory),
        size: apply(dense({ units: 1 }), memory),
      };
    });
    const data = samples.map(({ x, y }) => ({
      x: { x: x as number[][] },
      y: { kind: y, size: [y as number] },
    }));
    const run = (restoreBest: { monitor: string }) =>
      graphModel.on(backend, { seed: 1 }).fit(data, {
        optimizer: adam({ learningRate: 0.1 }),
        loss: { kind: 'crossEntropy', size: 'huber' },
        metrics: { kind: ['f1'], size: ['mae'] },
        epochs: 6,
        validation: { split: 0.3 },
        restoreBest,
      }).done;
    for (const [monitor, better] of [
      ['kind.f1', Math.max],
      ['size.mae', Math.min],
      ['size.loss', Math.min],
      ['loss', Math.min],
    ] as const) {
      const { epochs, bestEpoch } = await run({ monitor });
      const scores = epochs.map(({ validation }) => validation?.[monitor] as number);
      expect(bestEpoch).toBe(scores.indexOf(better(...scores)) + 1);
    }
  });

  it('are rejected for scores that cannot be monitored', () => {
    const network = model.on(backend);
    const metrics = ['accuracy', confusionMatrix(), scripted([])] as const;
    const all = { ...options, validation, metrics };
    const fit = (more: object) => () => network.fit(samples, { ...all, ...more } as never);
    const stopping = (more: object) => fit({ earlyStopping: { patience: 1, ...more } });
    expect(stopping({ monitor: 'acuracy' })).toThrow(
      'earlyStopping: monitor: there is no score "acuracy"; did you mean "accuracy"? Known: loss, accuracy,',
    );
    expect(stopping({ monitor: 'confusionMatrix', mode: 'max' })).toThrow(OptionError);
    expect(stopping({ monitor: 'confusionMatrix', mode: 'max' })).toThrow('confusionMatrix is not a number');
    expect(fit({ restoreBest: { monitor: 'script' } })).toThrow(
      "restoreBest: mode is missing; set 'min' or 'max'",
    );
    expect(stopping({ monitor: 'accuracy', mode: 'best' })).toThrow("mode must be 'min' or 'max'");
    expect(fit({ earlyStopping: { patience: 1 }, restoreBest: { monitor: 'accuracy' } })).toThrow(
      'earlyStopping monitors loss and restoreBest accuracy',
    );
    expect(fit({ validation: undefined })).toThrow('set validation, or trainingMetrics');
  });
});

describe('reduceOnPlateau', () => {
  const rates = async (more: object, optimizer = sgd({ learningRate: 0.1 })) => {
    const network = model.on(backend);
    const seen: number[] = [];
    // One step an epoch.
    const run = network.fit(samples, {
      ...options,
      optimizer,
      batchSize: 10,
      epochs: 8,
      validation,
      metrics: [scripted([1, 0.5, 0.49, 0.6, 0.6, 0.6, 0.3, 0.3], 'min')],
      ...more,
    });
    for await (const { learningRate } of run) seen.push(Number(learningRate.toPrecision(6)));
    return seen;
  };

  it('reduces the rate after epochs without a better score', async () => {
    const monitor = 'script';
    // 0.49 is no better than 0.5 by 0.02: epochs 3 and 4 are without a better score, and so are 5 and 6.
    expect(await rates({ reduceOnPlateau: { monitor, patience: 2, factor: 0.5, minDelta: 0.02 } })).toEqual([
      0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025,
    ]);
    expect(
      await rates({ reduceOnPlateau: { monitor, patience: 1, factor: 0.1, minDelta: 0, minRate: 0.003 } }),
    ).toEqual([0.1, 0.1, 0.1, 0.1, 0.01, 0.003, 0.003, 0.003]);
  });

  it('multiplies the rates of a schedule, and does not raise those below minRate', async () => {
    const falling = sgd({ learningRate: (step) => 0.08 / 2 ** step });
    const reduceOnPlateau = { monitor: 'script', patience: 1, factor: 0.5, minDelta: 0, minRate: 0.002 };
    expect(await rates({ reduceOnPlateau }, falling)).toEqual([
      0.04, 0.02, 0.01, 0.005, 0.002, 0.00125, 0.000625, 0.0003125,
    ]);
  });

  it.each([
    [{ factor: 1 }, 'factor must be a number between 0 and 1, not 1'],
    [{ patience: 0 }, 'patience must be a positive whole number'],
    [{ monitor: 'f1' }, 'reduceOnPlateau: monitor: there is no score "f1"'],
  ])('rejects %j', (reduceOnPlateau, message) => {
    expect(() => model.on(backend).fit(samples, { ...options, reduceOnPlateau })).toThrow(message);
  });
});

describe('metrics on the training data', () => {
  it('are those of the training batches', async () => {
    const still = sequential([rnn({ units: 3 }), dense({ units: 3, activation: 'softmax' })], {
      inputShape: [null, 2],
    }).on(backend, { seed: 3 });
    const metrics = ['accuracy', 'perplexity', 'auc', f1({ average: 'micro' }), confusionMatrix()] as const;
    const all = { ...options, optimizer: sgd({ learningRate: 0 }), epochs: 2, metrics };
    const { epochs } = await still.fit(samples, { ...all, trainingMetrics: true }).done;
    expectTypeOf(epochs[0].training?.confusionMatrix).toEqualTypeOf<number[][] | undefined>();
    const scores = await still.evaluate(samples, { loss: 'crossEntropy', metrics });
    for (const { training, validation } of epochs) {
      expect(validation).toBe(undefined);
      expect(training?.confusionMatrix).toEqual(scores.confusionMatrix);
      for (const name of ['loss', 'accuracy', 'perplexity', 'auc', 'f1'] as const)
        expect(training?.[name]).toBeCloseTo(scores[name], 10);
    }
    const stopped = await still.fit(samples, {
      ...all,
      epochs: 9,
      trainingMetrics: true,
      earlyStopping: { monitor: 'accuracy', patience: 2 },
    }).done;
    expect(stopped).toMatchObject({ stopped: 'earlyStopping', bestEpoch: 1 });
    expect(stopped.epochs).toHaveLength(3);
  });

  const counting: Metric<{ batches: number }> = {
    name: 'counting',
    start(_loss, state) {
      let batches = (state as { batches: number } | undefined)?.batches ?? 0;
      return {
        update: () => void batches++,
        value: () => ({ batches }),
        state: (): MetricValue => ({ batches }),
      };
    },
  };

  it.each([
    [
      'every metric, plateaus, early stopping and best weights',
      model,
      {
        trainingMetrics: true,
        metrics: ['accuracy', 'perplexity', 'f1', 'auc', topK({ k: 2 }), confusionMatrix(), counting],
        // All of one class, so that their AUC is NaN.
        validation: { samples: samples.filter(({ y }) => y === 1) },
        reduceOnPlateau: { patience: 1, factor: 0.5, monitor: 'perplexity' },
        earlyStopping: { patience: 2, monitor: 'accuracy' },
        restoreBest: true,
      },
    ],
    [
      'windows',
      sequential([lstm({ units: 3, returnSequences: true }), dropout({ rate: 0.2 }), dense({ units: 1 })], {
        inputShape: [null, 2],
      }),
      {
        loss: 'meanSquaredError',
        trainingMetrics: true,
        metrics: ['mae'],
        bptt: { window: 2 },
        reduceOnPlateau: { patience: 1, minDelta: 0.1, monitor: 'mae' },
      },
    ],
  ] as const)('resume from a checkpoint as if there had been no break: %s', async (name, model, more) => {
    const data =
      name === 'windows' ? samples.map(({ x }) => ({ x, y: (x as number[][]).map(([a]) => [a]) })) : samples;
    const all = { ...options, epochs: 5, ...more } as unknown as typeof options;
    const whole = model.on(backend, { seed: 5 });
    const expected = await whole.fit(data, all).done;
    expect(expected.epochs.length).toBeGreaterThan(2);

    for (const breakAt of [1, 2, 3, 4, 6, 8]) {
      const run = model.on(backend, { seed: 5 }).fit(data, all);
      let resume: Uint8Array = new Uint8Array();
      for await (const { step } of run) {
        if (step < breakAt) continue;
        resume = await run.checkpoint();
        break;
      }
      const resumed = await loadNetwork(resume, backend);
      const history = await resumed.fit(data, { ...all, resume }).done;
      expect(history).toEqual(expected);
      expect(await resumed.getWeights()).toEqual(await whole.getWeights());
    }
  });

  it('without a state cannot be interrupted in the middle of an epoch', async () => {
    const stateless: Metric = { name: 'stateless', start: () => ({ update: () => {}, value: () => 1 }) };
    const all = { ...options, metrics: [stateless], trainingMetrics: true, epochs: 2 };
    const save = () => {};
    expect(() => model.on(backend).fit(samples, { ...all, checkpoint: { save } })).toThrow(
      'needs the function state in the runs of the metric stateless',
    );
    const run = model.on(backend).fit(samples, all);
    for await (const { step } of run) {
      if (step === 1) await expect(run.checkpoint()).rejects.toThrow(UnsupportedError);
      if (step === 3) expect(await run.checkpoint()).toBeInstanceOf(Uint8Array);
    }
  });

  it('and what is monitored must be those of the checkpoint', async () => {
    const all = { ...options, validation, metrics: ['accuracy'] as const };
    const monitoring = { ...all, trainingMetrics: true, restoreBest: { monitor: 'accuracy' } };
    const run = model.on(backend).fit(samples, { ...monitoring, reduceOnPlateau: {} });
    const resume = await run.checkpoint();
    await run.done;
    const resumed = (more: object) => () =>
      model.on(backend).fit(samples, { ...monitoring, reduceOnPlateau: {}, ...more, resume });
    expect(resumed({ restoreBest: true })).toThrow('resume: monitor');
    expect(resumed({ reduceOnPlateau: undefined })).toThrow('resume: reduceOnPlateau');
    expect(resumed({ reduceOnPlateau: { factor: 0.5 } })).toThrow(
      'reduceOnPlateau.factor is 0.5, but was 0.1',
    );
    expect(resumed({ metrics: ['accuracy', 'f1'] })).toThrow('resume: trainingMetrics');
  });
});
