import { reference } from '@recurra/backend-reference';
import {
  adam,
  DataError,
  DivergenceError,
  dense,
  gru,
  type Layer,
  loadNetwork,
  lstm,
  rnn,
  type Sample,
  StateError,
  sequential,
  sgd,
} from '@recurra/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

type Backend = Awaited<ReturnType<typeof reference>>;
let backend: Backend;
beforeEach(async () => {
  backend = await reference();
});
afterEach(() => backend.dispose());

/** The running mean of a sequence, a task that a recurrent network learns quickly. */
function samples(count: number, time = 5): Sample[] {
  return Array.from({ length: count }, (_, n) => {
    const x = Array.from({ length: time + (n % 3) }, (_, t) => [
      Math.sin(n * 1.3 + t),
      Math.cos(n * 0.7 * t),
    ]);
    return { x, y: x.reduce((sum, [a, b]) => sum + a - b, 0) / x.length };
  });
}

const model = sequential([lstm({ units: 6, recurrentDropout: 0.2, dropout: 0.1 }), dense({ units: 1 })], {
  inputShape: [null, 2],
});
const options = {
  loss: 'meanSquaredError',
  optimizer: adam({ learningRate: 0.02 }),
  batchSize: 4,
  epochs: 3,
} as const;

describe('fit', () => {
  it('reduces the loss and reports the progress', async () => {
    const network = model.on(backend, { seed: 1 });
    const steps = [];
    const run = network.fit(samples(20), { ...options, epochs: 8 });
    for await (const step of run) steps.push(step);
    const history = await run.done;
    expect(history.stopped).toBe('finished');
    expect(history.epochs).toHaveLength(8);
    expect(steps).toHaveLength(40);
    expect(steps.at(-1)).toMatchObject({
      epoch: 8,
      epochs: 8,
      batch: 5,
      batches: 5,
      step: 40,
      learningRate: 0.02,
    });
    expect(history.epochs.at(-1)?.loss).toBeLessThan(history.epochs[0].loss / 2);
    expect(steps.every(({ gradientNorm }) => gradientNorm > 0)).toBe(true);
    network.dispose();
    expect(backend.memory()).toEqual({ tensors: 0, bytes: 0 });
  });

  it('runs by itself if the caller only awaits done', async () => {
    const network = model.on(backend);
    const history = await network.fit(samples(8), options).done;
    expect(history.steps).toBe(6);
  });

  it('gives the same weights for the same seed, and different weights for another seed', async () => {
    const weights = async (seed: number) => {
      const network = model.on(backend, { seed });
      await network.fit(samples(12), options).done;
      return network.getWeights();
    };
    expect(await weights(3)).toEqual(await weights(3));
    expect(await weights(3)).not.toEqual(await weights(4));
  });

  it.each([
    ['dropout and validation', model, { validation: { split: 0.25 }, restoreBest: true }],
    [
      'a drawn split',
      model,
      { validation: { split: 0.25, shuffle: true, group: ({ y }: Sample) => ((y as number) > 0 ? 1 : 2) } },
    ],
    ['truncated BPTT', model, { bptt: { window: 2 } }],
    [
      'a stateful layer',
      sequential([gru({ units: 4, stateful: true }), dense({ units: 1 })], { inputShape: [null, 2] }),
      { shuffle: false },
    ],
  ] as const)(
    'gives the same results after a resume as without an interruption: %s',
    async (_, model, more) => {
      const data = samples(16);
      const all = { ...options, ...more };
      const whole = model.on(backend, { seed: 5 });
      const expected = await whole.fit(data, all).done;

      for (const breakAt of [1, 4, 6]) {
        const broken = model.on(backend, { seed: 5 });
        const saved: Uint8Array[] = [];
        const save = (bytes: Uint8Array) => void saved.push(bytes);
        const run = broken.fit(data, { ...all, checkpoint: { every: 100, save } });
        for await (const step of run) if (step.step === breakAt) break;
        expect((await run.done).stopped).toBe('aborted');

        const resumed = await loadNetwork(saved[0], backend);
        const history = await resumed.fit(data, { ...all, resume: saved[0] }).done;
        expect(history).toEqual(expected);
        expect(await resumed.getWeights()).toEqual(await whole.getWeights());
      }
    },
  );
});

describe('a run', () => {
  it('keeps the trained weights when it is aborted, and frees everything else', async () => {
    const network = model.on(backend);
    const held = backend.memory();
    const controller = new AbortController();
    const run = network.fit(samples(12), { ...options, epochs: 1000, signal: controller.signal });
    for await (const step of run) if (step.step === 5) controller.abort();
    const history = await run.done;
    expect(history).toMatchObject({ stopped: 'aborted', steps: 5 });
    expect(history.epochs).toHaveLength(1);
    expect(backend.memory()).toEqual(held);
    expect(() => run.checkpoint()).toThrow(StateError);
    const next = await network.fit(samples(4), { ...options, epochs: 1, signal: AbortSignal.abort() }).done;
    expect(next).toMatchObject({ stopped: 'aborted', steps: 0 });
  });

  it('cannot be started twice at the same time', async () => {
    const network = model.on(backend);
    const run = network.fit(samples(4), options);
    expect(() => network.fit(samples(4), options)).toThrow(StateError);
    await run.done;
    await network.fit(samples(4), { ...options, epochs: 1 }).done;
  });

  it('stops early and restores the best weights', async () => {
    const network = model.on(backend);
    const noise = samples(8).map(({ x }, n) => ({ x, y: n % 2 }));
    const history = await network.fit(samples(8), {
      ...options,
      epochs: 200,
      validation: { samples: noise },
      metrics: ['mae'],
      earlyStopping: { patience: 3 },
      restoreBest: true,
    }).done;
    expect(history.stopped).toBe('earlyStopping');
    expect(history.epochs).toHaveLength((history.bestEpoch ?? 0) + 3);
    const best = history.epochs[(history.bestEpoch ?? 0) - 1].validation;
    const now = await network.evaluate(noise, { loss: 'meanSquaredError', metrics: ['mae'], batchSize: 4 });
    expect(now).toEqual(best);
  });

  it('reports the gradient at each time step, which vanishes or explodes with the recurrent kernel', async () => {
    const growth = async (gain: number) => {
      const layer = rnn({ units: 3, activation: 'linear', recurrentInitializer: { kind: 'identity', gain } });
      const network = sequential([layer, dense({ units: 1 })], { inputShape: [null, 2] }).on(backend);
      const run = network.fit(samples(1, 6), { ...options, epochs: 1, gradientNorms: 'perStep' });
      for await (const { gradientNorms } of run) return gradientNorms?.['0'] ?? [];
      return [];
    };
    for (const gain of [0.5, 2]) {
      const norms = await growth(gain);
      expect(norms).toHaveLength(6);
      for (let t = 1; t < norms.length; t++) expect(norms[t] / norms[t - 1]).toBeCloseTo(1 / gain, 9);
    }
  });

  it('stops before the update if the loss is NaN', async () => {
    const network = sequential([rnn({ units: 3, activation: 'linear' }), dense({ units: 1 })], {
      inputShape: [null, 2],
    }).on(backend);
    const run = network.fit(samples(8), { ...options, optimizer: sgd({ learningRate: 1e200 }), epochs: 9 });
    await expect(run.done).rejects.toThrow(DivergenceError);
    for (const { data } of Object.values(await network.getWeights()))
      expect(data.every(Number.isFinite)).toBe(true);
  });
});

describe('a training that diverges', () => {
  /** Finite inputs that give finite outputs for all rows except one, whose output is infinite. */
  const overflowing = sequential(
    [dense({ units: 2 }), dense({ units: 1, activation: 'exponential', kernelInitializer: 'ones' })],
    { inputShape: [1] },
  );

  it('names the layer and the samples', async () => {
    const data = Array.from({ length: 30 }, (_, i) => ({ x: [i === 17 ? 1e6 : 0], y: 1 }));
    const network = overflowing.on(backend);
    network.setWeights({
      ...(await network.getWeights()),
      '0.kernel': { data: [1, 1], shape: [1, 2] },
    });
    const held = backend.memory();
    const run = network.fit(data, { ...options, batchSize: 5, shuffle: false });
    await expect(run.done).rejects.toThrow(DivergenceError);
    await expect(run.done).rejects.toThrow(
      /at step 4 \(samples 15, 16, 17, 18, 19\) the loss is Infinity .* the output of layer 1\.dense is the first/,
    );
    expect(backend.memory()).toEqual(held);
    const many = network.fit(data, { ...options, batchSize: 30, shuffle: false });
    await expect(many.done).rejects.toThrow(/samples 0, 1, 2, 3, 4, 5, 6, 7, …\)/);
  });

  it('names the parameter whose gradient is not finite if the loss is finite', async () => {
    // The derivative of the square root at 0 is infinite.
    const root: Layer = {
      kind: 'root',
      options: {},
      build: (input) => ({
        outputShape: input,
        parameters: { gain: { shape: [1], initial: 'zeros' } },
        apply: (tape, { value }, { weights }) => ({
          output: { value: tape.add(value, tape.sqrt(weights.gain)) },
        }),
      }),
    };
    const network = sequential([root, dense({ units: 1 })], { inputShape: [1] }).on(backend);
    const run = network.fit([{ x: [1], y: 2 }], options);
    await expect(run.done).rejects.toThrow(/\(samples 0\).*the gradient of 0\.gain is the first/);
  });
});

describe('truncated BPTT', () => {
  it('carries the state between windows: with a learning rate of 0, the loss equals that of the whole sequences', async () => {
    const perStep = sequential([gru({ units: 3, returnSequences: true }), dense({ units: 1 })], {
      inputShape: [null, 2],
    });
    const data = samples(6).map(({ x }) => ({ x, y: (x as number[][]).map(([a]) => a) }));
    const loss = async (bptt?: { window: number }) => {
      const network = perStep.on(backend);
      const frozen = { ...options, optimizer: sgd({ learningRate: 0 }), epochs: 1, bptt };
      return (await network.fit(data, frozen).done).epochs[0].loss;
    };
    expect(await loss({ window: 2 })).toBeCloseTo(await loss(), 12);
    expect(await loss({ window: 1 })).toBeCloseTo(await loss(), 12);
  });

  it('passes no gradient between windows', async () => {
    const single = sequential([rnn({ units: 2, activation: 'linear' }), dense({ units: 1 })], {
      inputShape: [null, 2],
    });
    const network = single.on(backend);
    const [{ x, y }] = samples(1, 6);
    const run = network.fit([{ x, y }], {
      ...options,
      epochs: 1,
      bptt: { window: 4 },
      gradientNorms: 'perStep',
    });
    const steps = [];
    for await (const step of run) steps.push(step);
    expect(steps).toHaveLength(1);
    expect(steps[0].gradientNorms?.['0']).toHaveLength(2);
  });
});

describe('options of fit', () => {
  it.each([
    [{ epoch: 3 }, /unknown option "epoch"; did you mean "epochs"/],
    [{ loss: 'mse' }, /loss must be one of/],
    [{ optimizer: 'adamax' }, /optimizer must be one of/],
    [{ metrics: ['mae'] }, /set validation/],
    [{ metrics: ['accuracy'], validation: { split: 0.5 } }, /accuracy/],
    [{ clip: { value: 1, norm: 1 } }, /one of value, norm and globalNorm/],
    [{ bptt: { window: 0 } }, /window must be a positive whole number/],
    [{ validation: { split: 2 } }, /split/],
    [{ validation: { samples: [], shuffle: true } }, /separate samples are not split/],
    [{ validation: { split: 0.5, strat: 1 } }, /unknown option "strat"/],
    [{ validation: { samples: null } }, /samples must be samples, not null/],
    [{ resume: new Uint8Array(9) }, /header|bytes/],
  ])('are rejected if they are invalid: %j', (more, message) => {
    const network = model.on(backend);
    expect(() => network.fit(samples(4), { ...options, ...more } as never)).toThrow(message);
  });

  it('must match those of the checkpoint', async () => {
    const network = model.on(backend);
    const saved: Uint8Array[] = [];
    const save = (bytes: Uint8Array) => void saved.push(bytes);
    await network.fit(samples(4), { ...options, checkpoint: { save } }).done;
    const [resume] = saved;
    expect(() => network.fit(samples(4), { ...options, batchSize: 2, resume })).toThrow(
      /resume: batchSize is 2, but was 4/,
    );
    expect(() => model.on(backend, { seed: 8 }).fit(samples(4), { ...options, resume })).toThrow(
      /[sS]eed is 8, but was 0/,
    );
  });

  it('may have a function as learning rate, which a checkpoint only knows to be one', async () => {
    const withRate = (learningRate: number | ((step: number) => number)) => ({
      ...options,
      optimizer: adam({ learningRate }),
    });
    const falling = withRate((step) => 0.05 / step);
    const whole = model.on(backend);
    const steps = [];
    for await (const { learningRate } of whole.fit(samples(8), falling)) steps.push(learningRate);
    expect(steps.slice(0, 3)).toEqual([0.05, 0.025, 0.05 / 3]);

    const broken = model.on(backend);
    const run = broken.fit(samples(8), falling);
    let resume: Uint8Array = new Uint8Array();
    for await (const { step } of run) {
      if (step < 3) continue;
      resume = await run.checkpoint();
      break;
    }
    const resumed = model.on(backend);
    expect(() => resumed.fit(samples(8), { ...withRate(0.05), resume })).toThrow(
      'optimizer.learningRate is 0.05, but was "function"',
    );
    await resumed.fit(samples(8), { ...falling, resume }).done;
    expect(await resumed.getWeights()).toEqual(await whole.getWeights());
  });

  it('must resume from a checkpoint, not from a model', async () => {
    const network = model.on(backend);
    const resume = await network.save();
    expect(() => network.fit(samples(4), { ...options, resume })).toThrow(/a model, not a checkpoint/);
    const other = sequential([rnn({ units: 1 }), dense({ units: 1 })], { inputShape: [null, 2] }).on(backend);
    const run = other.fit(samples(4), options);
    for await (const { step } of run) {
      if (step < 2) continue;
      const wrong = await run.checkpoint();
      expect(() => network.fit(samples(4), { ...options, resume: wrong })).toThrow(/of a different model/);
      break;
    }
  });

  it.each([
    [[], /no samples/],
    [[{ x: [[1, 2]], y: Number.NaN }], /sample 0.*NaN/],
    [[{ x: [[1, 2], [3]], y: 1 }], /array of 1, not an array of 2/],
    [[{ x: [[1, 2]], y: [1, 2] }], /sample 0: y/],
  ])('require valid data: %j', async (data, message) => {
    const run = model.on(backend).fit(data as never, options);
    await expect(run.done).rejects.toThrow(DataError);
    await expect(run.done).rejects.toThrow(message);
  });

  it('accept samples from sync and async iterables, and read them again in each epoch', async () => {
    async function* stream() {
      for (const sample of samples(5)) yield sample;
    }
    const history = await model.on(backend).fit(() => stream(), options).done;
    expect(history.steps).toBe(6);
    await expect(model.on(backend).fit(stream(), options).done).rejects.toThrow(/runs only once/);
  });
});
