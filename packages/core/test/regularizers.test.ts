import { reference } from '@recurra/backend-reference';
import {
  bidirectional,
  conv1d,
  dense,
  embedding,
  gru,
  type Layer,
  loadNetwork,
  lstm,
  rnn,
  type Sample,
  sequential,
  sgd,
} from '@recurra/core';
import { expect, it } from 'vitest';

const backend = await reference();
const kernelRegularizer = { l1: 0.01, l2: 0.02 };
const recurrentRegularizer = { l2: 0.03 };
const biasRegularizer = { l1: 0.04 };
const cell = { units: 2, kernelRegularizer, recurrentRegularizer, biasRegularizer } as const;

/** The values of a penalty and its derivative, from the definition. */
const penalty = ({ l1 = 0, l2 = 0 }: { l1?: number; l2?: number }, w: number) =>
  l1 * Math.abs(w) + l2 * w * w;
const slope = ({ l1 = 0, l2 = 0 }: { l1?: number; l2?: number }, w: number) => l1 * Math.sign(w) + 2 * l2 * w;

const steps: Sample[] = [{ x: [1, 0.5, -1].map((a) => [a, a * a]), y: 1 }];
const tokens: Sample[] = [{ x: [0, 2, 1], y: 1 }];

it.each<[string, (regularized: boolean) => Layer[], Record<string, object>, Sample[]?]>([
  [
    'lstm',
    (all) => [lstm(all ? cell : { units: 2 })],
    { kernel: kernelRegularizer, recurrentKernel: recurrentRegularizer, bias: biasRegularizer },
  ],
  [
    'gru',
    (all) => [gru(all ? cell : { units: 2 })],
    { bias: biasRegularizer, recurrentBias: biasRegularizer, recurrentKernel: recurrentRegularizer },
  ],
  ['rnn', (all) => [rnn(all ? cell : { units: 2 })], { kernel: kernelRegularizer }],
  [
    'conv1d',
    (all) => [
      conv1d({ filters: 2, kernelSize: 2, ...(all && { kernelRegularizer, biasRegularizer }) }),
      rnn({ units: 2 }),
    ],
    { kernel: kernelRegularizer, bias: biasRegularizer },
  ],
  [
    'dense',
    (all) => [dense({ units: 2, ...(all && { kernelRegularizer, biasRegularizer }) }), rnn({ units: 2 })],
    { kernel: kernelRegularizer, bias: biasRegularizer },
  ],
  [
    'embedding',
    (all) => [
      embedding({ inputDim: 3, outputDim: 2, ...(all && { embeddingsRegularizer: kernelRegularizer }) }),
      rnn({ units: 2 }),
    ],
    { embeddings: kernelRegularizer },
    tokens,
  ],
  [
    'one direction',
    (all) => [bidirectional(rnn({ units: 2 }), { backward: rnn(all ? cell : { units: 2 }) })],
    { 'backward.kernel': kernelRegularizer, 'backward.recurrentKernel': recurrentRegularizer },
  ],
  [
    'nothing that is frozen',
    (all) => [lstm(all ? { ...cell, trainable: false } : { units: 2, trainable: false })],
    {},
  ],
])(
  'the penalty of %s is in the training loss and its gradient',
  async (_name, layers, expected, data = steps) => {
    const rate = 0.1;
    const optimizer = sgd({ learningRate: rate });
    const inputShape = data === tokens ? [null] : [null, 2];
    const run = async (regularized: boolean) => {
      const model = sequential([...layers(regularized), dense({ units: 1 })], { inputShape });
      const loaded = await loadNetwork(await model.on(backend, { seed: 4 }).save(), backend);
      const weights = await loaded.getWeights();
      for (const name in weights)
        if (name.endsWith('ias')) weights[name].data.fill(0.5, 0, 1).fill(-0.25, 1, 2);
      loaded.setWeights(weights);
      const { loss } = await loaded.evaluate(data, { loss: 'meanSquaredError' });
      const { epochs } = await loaded.fit(data, { loss: 'meanSquaredError', optimizer }).done;
      return { before: weights, evaluated: loss, trained: epochs[0].loss, after: await loaded.getWeights() };
    };
    const [plain, regularized] = [await run(false), await run(true)];
    expect(regularized.evaluated).toBe(plain.evaluated);
    let sum = 0;
    for (const [name, { data }] of Object.entries(plain.before)) {
      const own = regularizerOf(name);
      for (const [i, w] of data.entries()) {
        if (own) sum += penalty(own, w);
        const expectedShift = own ? -rate * slope(own, w) : 0;
        expect(regularized.after[name].data[i] - plain.after[name].data[i]).toBeCloseTo(expectedShift, 10);
      }
    }
    expect(regularized.trained - plain.trained).toBeCloseTo(sum, 10);
    expect(sum > 0).toBe(Object.keys(expected).length > 0);
    for (const [name, one] of Object.entries(expected)) expect(regularizerOf(`0.${name}`)).toEqual(one);

    function regularizerOf(name: string) {
      const model = sequential([...layers(true), dense({ units: 1 })], { inputShape });
      const parameter = model.parameters().get(name);
      return parameter?.trainable ? parameter.regularizer : undefined;
    }
  },
);

it.each([{ l1: -1 }, { l3: 1 }, { l1: Number.NaN }, 0.1])(
  'a regularizer that is %j is rejected',
  (kernelRegularizer) => {
    expect(() => dense({ units: 1, kernelRegularizer: kernelRegularizer as never })).toThrow(
      'dense: kernelRegularizer must be { l1, l2 } with numbers, 0 or more',
    );
  },
);

it('a checkpoint resumes with the same regularizers only', async () => {
  const made = (l2: number) =>
    sequential([dense({ units: 1, kernelRegularizer: { l2 } })], { inputShape: [1] }).on(backend);
  const options = { loss: 'meanSquaredError', optimizer: 'sgd' } as const;
  const run = made(0.1).fit([{ x: [1], y: 1 }], options);
  const resume = await run.checkpoint();
  await run.done;
  expect(() => made(0.2).fit([{ x: [1], y: 1 }], { ...options, resume })).toThrow(
    'layers.0.options.kernelRegularizer.l2 is 0.2 here, but 0.1 in the file',
  );
});
