/*
 * Model files and checkpoints of an earlier release, with every built-in layer, must load, predict and resume training.
 */
import { readFileSync } from 'node:fs';
import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import {
  type ArrayInput,
  activation,
  adam,
  bidirectional,
  type Cell,
  conv1d,
  dense,
  dropout,
  embedding,
  type FitOptions,
  featureScale,
  flatten,
  gru,
  type InputShape,
  type Layer,
  lastStep,
  layerNorm,
  loadNetwork,
  lstm,
  masking,
  maxOverTime,
  meanOverTime,
  recurrent,
  repeatVector,
  rmsprop,
  rnn,
  sequential,
  sgd,
} from '@recurra/core';
import { describe, expect, it } from 'vitest';

const leaky = ({ units }: { units: number }): Cell => ({
  kind: 'leaky',
  options: { units },
  build: (inputSize) => ({
    parameters: {
      kernel: { shape: [inputSize, units], initial: 'glorotUniform' },
      leak: { shape: [units], initial: { kind: 'uniform', min: -1, max: 1 } },
    },
    stateSizes: [units],
    run: (tape, { kernel, leak }) => ({
      project: (x) => tape.tanh(tape.matmul(x, kernel)),
      step(x, [h]) {
        const k = tape.sigmoid(leak);
        return [tape.add(tape.mul(k, h), tape.mul(tape.affine(k, -1, 1), x))];
      },
    }),
  }),
});

interface OldModel {
  readonly layers: readonly Layer[];
  readonly inputShape: InputShape;
  readonly options: FitOptions;
}

const models: Record<string, OldModel> = {
  tokens: {
    layers: [
      embedding({ inputDim: 7, outputDim: 4, maskZero: true }),
      bidirectional(lstm({ units: 3, returnSequences: true, dropout: 0.2 }), {
        backward: gru({ units: 3, returnSequences: true }),
        merge: 'sum',
      }),
      gru({ units: 4, resetAfter: false, recurrentDropout: 0.1 }),
      dropout({ rate: 0.2 }),
      dense({ units: 3 }),
      activation({ activation: 'softmax' }),
    ],
    inputShape: [null],
    options: {
      loss: 'crossEntropy',
      optimizer: adam({ learningRate: 0.01, amsgrad: true }),
      epochs: 4,
      batchSize: 2,
      clip: { globalNorm: 0.5 },
      validation: { split: 0.34 },
      restoreBest: true,
      metrics: ['accuracy'],
    },
  },
  series: {
    layers: [
      masking({ value: -1 }),
      conv1d({ filters: 3, kernelSize: 2, padding: 'causal', activation: 'relu' }),
      layerNorm(),
      lstm({
        units: 4,
        projection: 3,
        peepholes: true,
        layerNorm: true,
        clip: 3,
        returnSequences: true,
        goBackwards: true,
        activation: { kind: 'elu', alpha: 0.5 },
      }),
      maxOverTime(),
      repeatVector({ n: 3 }),
      rnn({ units: 3, returnSequences: true, activation: 'relu' }),
      flatten(),
      dense({ units: 2, activation: 'sigmoid' }),
    ],
    inputShape: [5, 2],
    options: {
      loss: { kind: 'huber', delta: 0.3 },
      optimizer: sgd({
        learningRate: { kind: 'exponential', rate: 0.1, factor: 0.9 },
        momentum: 0.9,
        nesterov: true,
      }),
      epochs: 3,
      batchSize: 2,
      clip: { value: 0.2 },
    },
  },
  stateful: {
    layers: [gru({ units: 3, stateful: true, returnSequences: true }), lastStep(), dense({ units: 1 })],
    inputShape: [null, 1],
    options: {
      loss: 'meanSquaredError',
      optimizer: rmsprop({ learningRate: 0.01, centered: true, momentum: 0.5 }),
      epochs: 2,
      batchSize: 2,
      shuffle: false,
      bptt: { window: 3 },
    },
  },
  custom: {
    layers: [
      featureScale(),
      recurrent(leaky({ units: 3 }), { returnSequences: true }),
      bidirectional(recurrent(leaky({ units: 2 }), { returnSequences: true })),
      meanOverTime(),
      dense({ units: 2, activation: 'softmax' }),
    ],
    inputShape: [null, 2],
    options: {
      loss: { kind: 'crossEntropy', labelWeights: [1, 2] },
      optimizer: 'adagrad',
      epochs: 3,
      batchSize: 2,
      clip: { norm: 0.4 },
    },
  },
};

interface Expected {
  readonly x: ArrayInput[];
  readonly y: ArrayInput[];
  readonly initial: Record<string, { readonly shape: number[]; readonly data: number[] }>;
  readonly output: unknown;
  readonly losses: number[];
  readonly epochs: unknown;
  readonly after: unknown;
}

/** Applies a function to the numbers in nested arrays. */
function expectNear(actual: unknown, expected: unknown): void {
  const flat = (value: unknown): number[] => [value].flat(4) as number[];
  expect(flat(actual)).toHaveLength(flat(expected).length);
  for (const [i, value] of flat(expected).entries()) expect(flat(actual)[i]).toBeCloseTo(value, 4);
}

const file = (name: string) => readFileSync(new URL(`old-files/${name}`, import.meta.url));
const expected: Record<string, Expected> = JSON.parse(file('expected.json').toString());

const backend = await reference();

describe.each(Object.entries(models))(
  '%s, from an earlier release',
  (name, { layers, inputShape, options }) => {
    const { x, y, initial, output, losses, epochs, after } = expected[name];
    const rows = name === 'stateful' ? x.slice(0, 2) : x;
    const samples = x.map((row, i) => ({ x: row, y: y[i] }));

    it('starts from the same weights', async () => {
      const backend = await reference();
      const weights = await sequential(layers, { inputShape }).on(backend, { seed: 5 }).getWeights();
      expect(
        Object.fromEntries(
          Object.entries(weights).map(([key, { shape, data }]) => [key, { shape, data: [...data] }]),
        ),
      ).toEqual(initial);
    });

    it('loads and predicts, bit for bit', async () => {
      const network = await loadNetwork(file(`${name}.safetensors`), await reference(), { cells: { leaky } });
      expect(await network.predict(rows)).toEqual(output);
    });

    it('resumes training, bit for bit', async () => {
      const network = sequential(layers, { inputShape }).on(await reference(), { seed: 5 });
      const run = network.fit(samples, { ...options, resume: file(`${name}.checkpoint.safetensors`) });
      const actual: number[] = [];
      for await (const { loss } of run) actual.push(loss);
      expect(actual).toEqual(losses);
      expect((await run.done).epochs).toEqual(epochs);
      network.resetStates();
      expect(await network.predict(rows)).toEqual(after);
    });

    it('loads, predicts and resumes training within rounding on a float32 backend', async () => {
      const float32 = await cpu();
      const loaded = await loadNetwork(file(`${name}.safetensors`), float32, { cells: { leaky } });
      expectNear(await loaded.predict(rows), output);
      const network = sequential(layers, { inputShape }).on(float32, { seed: 5 });
      const resume = file(`${name}.checkpoint.safetensors`);
      const run = network.fit(samples, { ...options, resume });
      const actual: number[] = [];
      for await (const { loss } of run) actual.push(loss);
      expectNear(actual, losses);
      network.resetStates();
      expectNear(await network.predict(rows), after);
      float32.dispose();
    });

    it('cannot be resumed with a different model', async () => {
      const other = sequential([...layers.slice(0, -1), dropout({ rate: 0.5 }), ...layers.slice(-1)], {
        inputShape,
      });
      const resume = file(`${name}.checkpoint.safetensors`);
      expect(() => other.on(backend, { seed: 5 }).fit(samples, { ...options, resume })).toThrow(
        'a different model',
      );
    });
  },
);
