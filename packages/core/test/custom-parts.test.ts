/* Custom losses, metrics, layers and cells. */
import { reference } from '@recurra/backend-reference';
import {
  type Cell,
  dense,
  embedding,
  encodeTargets,
  gru,
  type Layer,
  type Loss,
  loadNetwork,
  loadPredictor,
  lstm,
  type Metric,
  openStream,
  recurrent,
  sequential,
} from '@recurra/core';
import { describe, expect, it } from 'vitest';

const backend = await reference();
const samples = [0, 1, 2, 3].map((i) => ({ x: [[i], [i / 2], [1 - i]].slice(0, 1 + (i % 3)), y: i / 4 }));
const options = { optimizer: 'sgd', batchSize: 2, epochs: 2, shuffle: false } as const;

/** A loss that differs from all built-in losses: Σ w · (y − ŷ)⁴ / Σ w. */
const quartic: Loss = {
  kind: 'quartic',
  encode: encodeTargets,
  compute(tape, output, { targets, shape, weights }) {
    const d = tape.sub(output.value, tape.constant(targets, shape));
    const squared = tape.mul(d, d);
    const total = weights.reduce((sum, w) => sum + w, 0);
    const weighted = tape.mul(tape.mul(squared, squared), tape.constant(weights, [weights.length, 1]));
    return tape.reshape(tape.affine(tape.sum(weighted), 1 / total), [1]);
  },
};

const worst: Metric = {
  name: 'worst',
  start() {
    let most = 0;
    return {
      update({ data }, { targets }) {
        for (const [i, target] of targets.entries()) most = Math.max(most, Math.abs(data[i] - target));
      },
      value: () => most,
    };
  },
};

describe('a custom loss and metric', () => {
  const model = sequential([gru({ units: 2 }), dense({ units: 1 })], { inputShape: [null, 1] });

  it('are used in training and evaluation', async () => {
    const network = model.on(backend, { seed: 1 });
    const before = await network
      .evaluate(samples, { loss: quartic, metrics: [worst, 'mae'] })
      .catch((e) => e);
    expect(before).toMatchObject({ message: expect.stringContaining('no built-in metrics') });

    const outputs = await network.predict(samples.map(({ x }) => x));
    const errors = (outputs as number[][]).map(([y], i) => Math.abs(y - samples[i].y));
    const scores = await network.evaluate(samples, { loss: quartic, metrics: [worst] });
    expect(scores.worst).toBeCloseTo(Math.max(...errors), 12);
    expect(scores.loss).toBeCloseTo(errors.reduce((sum, e) => sum + e ** 4, 0) / 4, 12);

    const validation = { samples };
    const { epochs } = await network.fit(samples, { ...options, loss: quartic, metrics: [worst], validation })
      .done;
    expect(epochs[1].validation?.loss).toBeLessThan(scores.loss);
    expect(epochs[1].validation?.worst).toBeLessThan(scores.worst);
  });

  it('are checked when a training is resumed', async () => {
    const run = model.on(backend).fit(samples, { ...options, loss: quartic });
    let resume: Uint8Array | undefined;
    for await (const _ of run) resume ??= await run.checkpoint();
    const again = (loss: Loss) => () => model.on(backend).fit(samples, { ...options, loss, resume });
    expect(again({ ...quartic, kind: 'quintic' })).toThrow('loss.kind is "quintic", but was "quartic"');
    await again(quartic)().done;
  });
});

/** A layer that doubles its input and does not set lengths or masks. */
const double: Layer = {
  kind: 'double',
  options: {},
  build: (input) => ({
    outputShape: input,
    parameters: {},
    apply: (tape, { value }) => ({ output: { value: tape.affine(value, 2) } }),
  }),
};
const dropping: Layer = {
  ...double,
  kind: 'dropping',
  build: (input) => ({
    outputShape: input,
    parameters: {},
    apply: (tape, { value }) => ({
      output: { value: tape.affine(value, 2), lengths: undefined, mask: undefined },
    }),
  }),
};

describe('a custom layer', () => {
  const tokens = [
    [1, 2, 0, 3],
    [2, 0, 0, 0],
  ];
  const predict = async (layer: Layer) => {
    const layers = [embedding({ inputDim: 4, outputDim: 2, maskZero: true }), layer, lstm({ units: 2 })];
    const network = sequential(layers, { inputShape: [null] }).on(backend, { seed: 3 });
    const whole = await network.predict(tokens);
    const short = await network.predict([[1, 2, 3], [2]]);
    return [whole, short];
  };

  it('passes on lengths and masks unless it drops them', async () => {
    const [whole, short] = await predict(double);
    expect(whole).toEqual(short);
    const [dropped, packed] = await predict(dropping);
    expect(dropped).not.toEqual(packed);
  });
});

describe('a custom cell', () => {
  it('gets the training flag, and draws the same dropout masks for the same seed', async () => {
    const seen: [boolean, number][] = [];
    const cell: Cell = {
      kind: 'noisy',
      options: {},
      build: (inputSize) => ({
        parameters: { kernel: { shape: [inputSize, 1], initial: 'ones' } },
        stateSizes: [1],
        run(tape, { kernel }, { training, random }) {
          seen.push([training, random('mask').uniform()]);
          return { step: (x, [h]) => [tape.add(h, tape.matmul(x, kernel))] };
        },
      }),
    };
    const model = sequential([recurrent(cell)], { inputShape: [null, 1] });
    for (let round = 0; round < 2; round++) {
      const network = model.on(backend, { seed: 4 });
      await network.fit(samples, { ...options, loss: 'meanSquaredError', epochs: 1 }).done;
      await network.predict([[[1]]]);
    }
    expect(seen.map(([training]) => training)).toEqual([true, true, false, true, true, false]);
    const drawn = seen.map(([, number]) => number);
    expect(drawn.slice(3)).toEqual(drawn.slice(0, 3));
    expect(drawn[0]).not.toBe(drawn[1]);
  });
});

describe('a predictor', () => {
  it('takes the layer functions that a file needs, and predicts the same as the network', async () => {
    const network = sequential([lstm({ units: 3 }), dense({ units: 1 })], { inputShape: [null, 1] }).on(
      backend,
      {
        seed: 2,
      },
    );
    const file = await network.save();
    const x = [[[1], [2]], [[3]]];
    const predictor = await loadPredictor(file, backend, { layers: { lstm, dense } });
    expect(await predictor.predict(x)).toEqual(await network.predict(x));
    const stream = openStream(predictor);
    await stream.push([1]);
    expect(Array.from(await stream.push([2]))).toEqual(((await network.predict(x)) as number[][])[0]);
    await expect(loadPredictor(file, backend, { layers: { lstm } })).rejects.toThrow(
      'layer of kind "dense"; known: lstm. Pass the function that creates it in { layers }',
    );
    const reread = await loadNetwork(file, backend);
    expect(await reread.predict(x)).toEqual(await network.predict(x));
  });
});

describe('a backend with another contract version', () => {
  it('is rejected, with a message that says what to change', () => {
    const model = sequential([dense({ units: 1 })], { inputShape: [1] });
    const { contractVersion: _, ...old } = backend;
    expect(() => model.on(old as typeof backend)).toThrow(
      /the backend "reference" has version 1 of the contract, but core needs 2: see docs\/contract\.md/,
    );
    expect(() => model.on({ ...backend, contractVersion: 3 as 2 })).toThrow('see docs/contract.md');
  });
});
