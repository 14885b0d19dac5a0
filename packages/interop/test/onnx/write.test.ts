/* Every model that Recurra can express, written as ONNX and run by onnxruntime. */
import { reference } from '@recurra/backend-reference';
import {
  type Activation,
  activation,
  type Backend,
  bidirectional,
  type Cell,
  conv1d,
  dense,
  dropout,
  embedding,
  featureScale,
  flatten,
  gru,
  type InputShape,
  type Layer,
  lastStep,
  layerNorm,
  lstm,
  masking,
  maxOverTime,
  meanOverTime,
  minGru,
  minLstm,
  type NDArray,
  recurrent,
  repeatVector,
  rnn,
  sequential,
  slstm,
  UnsupportedError,
} from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeLayersModel } from '../../src/keras/index.js';
import { runnable } from '../../src/model.js';
import { readOnnx } from '../../src/onnx/read.js';
import { writeOnnx } from '../../src/onnx/write/index.js';
import { writePytorch } from '../../src/pytorch/index.js';
import { expectClose, numbers, type OrtFeed, onnxruntime } from './support.js';

let backend: Backend;
beforeAll(async () => {
  backend = await reference();
});
afterAll(() => backend.dispose());

const [B, T, F] = [3, 5, 4];
const sequences: InputShape = [null, F];
const seq = { returnSequences: true };

const activations: Activation[] = [
  'linear',
  'tanh',
  'sigmoid',
  'relu',
  'softplus',
  'softsign',
  'exponential',
  'selu',
  'softmax',
  'hardSigmoid',
  { kind: 'elu', alpha: 0.7 },
  'leakyRelu',
  { kind: 'thresholdedRelu', alpha: 0.2 },
  { kind: 'scaledTanh', alpha: 1.3, beta: 0.6 },
  { kind: 'affine', alpha: 0.4, beta: 0.1 },
];

const cells: Record<string, Layer> = {
  rnn: rnn({ units: 6, ...seq }),
  'rnn without bias, clipped': rnn({ units: 6, bias: false, clip: 0.2 }),
  'rnn with layer normalisation': rnn({ units: 6, layerNorm: true, ...seq }),
  lstm: lstm({ units: 6 }),
  'lstm backwards': lstm({ units: 6, goBackwards: true, ...seq }),
  'lstm with peepholes and clip': lstm({ units: 6, peepholes: true, clip: 0.3, ...seq }),
  'lstm with a projection': lstm({ units: 6, projection: 3, ...seq }),
  'lstm with a projection, peepholes, clip, backwards': lstm({
    units: 6,
    projection: 3,
    peepholes: true,
    clip: 0.3,
    goBackwards: true,
    ...seq,
  }),
  'lstm with layer normalisation': lstm({ units: 6, layerNorm: true, returnState: true }),
  'lstm with its states': lstm({ units: 6, returnState: true }),
  gru: gru({ units: 6 }),
  'gru, reset before': gru({ units: 6, resetAfter: false, ...seq }),
  'gru with layer normalisation': gru({ units: 6, layerNorm: true }),
  'gru, reset before, with layer normalisation': gru({
    units: 6,
    resetAfter: false,
    layerNorm: true,
    ...seq,
  }),
  'gru backwards without bias': gru({ units: 6, goBackwards: true, bias: false, ...seq }),
  ...Object.fromEntries(
    activations.map((kind) => [
      `gru with ${JSON.stringify(kind)}`,
      gru({ units: 5, activation: kind, ...seq }),
    ]),
  ),
  ...Object.fromEntries(
    activations.map((kind) => [
      `lstm with gates ${JSON.stringify(kind)}`,
      lstm({ units: 5, activation: 'softsign', recurrentActivation: kind }),
    ]),
  ),
  ...Object.fromEntries(
    (['concat', 'sum', 'average', 'multiply', 'none'] as const).flatMap((merge) => [
      [`bidirectional ${merge}`, bidirectional(lstm({ units: 4, returnState: true }), { merge })],
      [`bidirectional ${merge} of steps`, bidirectional(gru({ units: 4, ...seq }), { merge })],
    ]),
  ),
  minGru: minGru({ units: 6, activation: 'tanh', returnState: true }),
  'bidirectional minLstm': bidirectional(minLstm({ units: 4, bias: false, ...seq })),
  'slstm with heads': slstm({ units: 6, heads: 3, returnState: true, ...seq }),
  'slstm backwards, exponential': slstm({ units: 4, forgetGate: 'exponential', goBackwards: true, ...seq }),
  'bidirectional of unequal cells': bidirectional(lstm({ units: 4 }), { backward: rnn({ units: 2 }) }),
};

const others: Record<string, { layers: Layer[]; inputShape?: InputShape; lengths?: false }> = {
  'an embedding and a classifier': {
    inputShape: [null],
    layers: [
      embedding({ inputDim: 11, outputDim: 6 }),
      bidirectional(lstm({ units: 5, ...seq })),
      bidirectional(lstm({ units: 4 })),
      dropout({ rate: 0.3 }),
      dense({ units: 3, activation: 'softmax' }),
    ],
  },
  'dense over vectors': {
    inputShape: [F],
    lengths: false,
    layers: [
      dense({ units: 5, activation: 'relu' }),
      layerNorm(),
      dense({ units: 2, bias: false }),
      repeatVector({ n: 3 }),
      gru({ units: 2 }),
    ],
  },
  'normalised and scaled steps': {
    layers: [layerNorm({ epsilon: 0.01 }), featureScale(), dense({ units: 3 })],
  },
  'the last step': { layers: [gru({ units: 4, ...seq }), lastStep()] },
  'the mean': { layers: [lstm({ units: 4, ...seq }), meanOverTime()] },
  'the maximum': { layers: [dense({ units: 4 }), maxOverTime()] },
  'all steps': { inputShape: [T, F], layers: [rnn({ units: 2, ...seq }), flatten(), dense({ units: 2 })] },
  ...Object.fromEntries(
    (['valid', 'same', 'causal'] as const).flatMap((padding) =>
      [1, 2].map((strides) => [
        `a convolution, ${padding}, ${strides}`,
        {
          lengths: false as const,
          layers: [
            conv1d({ filters: 3, kernelSize: 3, padding, strides, activation: 'relu' }),
            gru({ units: 2 }),
          ],
        },
      ]),
    ),
  ),
  ...Object.fromEntries(
    activations.map((kind) => [
      `activation ${JSON.stringify(kind)}`,
      { layers: [activation({ activation: kind })] },
    ]),
  ),
};

const models = [
  ...Object.entries(cells).map(([name, layer]) => ({
    name,
    layers: [layer] as Layer[],
    inputShape: sequences,
    lengths: true,
  })),
  ...Object.entries(others).map(([name, { layers, inputShape = sequences, lengths = true }]) => ({
    name,
    layers,
    inputShape,
    lengths,
  })),
];

function inputOf(shape: InputShape): OrtFeed {
  if (shape.length === 1 && shape[0] === null) {
    return {
      dtype: 'int64',
      shape: [B, T],
      data: Float64Array.from({ length: B * T }, (_, i) => (i * 3) % 11),
    };
  }
  const full = [B, ...shape.map((size) => size ?? T)];
  return { shape: full, data: numbers(sizeOf(full), 3) };
}

/** Sets the output past the rows' lengths to zero, like `predict`. A graph computes other values there. */
function zeroPast({ data, shape }: NDArray, rows: readonly number[]): void {
  if (shape.length < 3) return;
  const [, time, features] = shape;
  for (const [row, length] of rows.entries())
    data.fill(0, (row * time + length) * features, (row + 1) * time * features);
}

test.each(models)('$name', async ({ layers, inputShape, lengths }) => {
  const network = sequential(layers, { inputShape }).on(backend, { seed: 4 });
  // Random weights everywhere, also in biases, gains and peepholes.
  const weights = await network.getWeights();
  for (const [i, { data }] of Object.values(weights).entries())
    data.set(numbers(data.length, i + 20).map((x) => x / 2));
  network.setWeights(weights);
  const input = inputOf(inputShape);

  const bytes = await writeOnnx(network);
  const expected = await runnable(network).run({ input });
  const actual = await onnxruntime(bytes, { input });
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const name of Object.keys(expected)) expectClose(actual[name], expected[name], name);

  if (lengths) {
    const rows = [3, 5, 1];
    const rowLengths: OrtFeed = { dtype: 'int32', shape: [B], data: Float32Array.from(rows) };
    const cut = await onnxruntime(await writeOnnx(network, { lengths: true }), {
      input,
      lengths: rowLengths,
    });
    const { outputs } = await network.predictAll(input, { lengths: rows });
    for (const name in outputs) {
      zeroPast(cut[name], rows);
      expectClose(cut[name], outputs[name], `${name} with lengths`);
    }
  }
  network.dispose();
});

test('written models are read again', async () => {
  const network = sequential(
    [
      embedding({ inputDim: 11, outputDim: 6 }),
      bidirectional(gru({ units: 5, ...seq })),
      lstm({ units: 4, returnState: true }),
      dense({ units: 2, activation: 'selu' }),
    ],
    { inputShape: [null] },
  ).on(backend, { seed: 2 });
  const input = inputOf([null]);
  const expected = await runnable(network).run({ input });
  const again = await (await readOnnx(await writeOnnx(network))).on(backend);
  const actual = await again.run({ input });
  for (const name of Object.keys(expected)) expectClose(actual[name], expected[name], name, 1e-6);
  again.dispose();
  network.dispose();
});

test('a stateful layer is written with its state as input and output', async () => {
  const network = sequential([lstm({ units: 3, stateful: true })], { inputShape: sequences }).on(backend, {
    seed: 2,
  });
  const bytes = await writeOnnx(network);
  const input = inputOf(sequences);
  let state: Record<string, NDArray> = Object.fromEntries(
    [0, 1].map((at) => [`0.state.${at}`, { shape: [B, 3], data: new Float32Array(B * 3) }]),
  );
  for (const _ of [1, 2]) {
    const starts = { '0.initial.0': state['0.state.0'], '0.initial.1': state['0.state.1'] };
    state = await onnxruntime(bytes, { input, ...starts });
    expectClose(state.output, await network.predict(input), 'output');
  }
  network.dispose();
});

test('custom layers and cells are rejected', async () => {
  const custom: Layer = { ...dropout({ rate: 0 }), kind: 'custom' };
  const cell: Cell = {
    kind: 'customCell',
    options: {},
    build: () => ({ parameters: {}, stateSizes: [F], run: () => ({ step: (x) => [x] }) }),
  };
  const recurrentLayer = recurrent(cell, seq);
  const network = sequential([custom, recurrentLayer, bidirectional(recurrentLayer)], {
    inputShape: sequences,
  }).on(backend);
  await expect(writeOnnx(network)).rejects.toThrow(
    /layer 0, custom: custom layers cannot.*layer 1, recurrent: custom cells cannot.*layer 2, bidirectional: custom cells cannot/s,
  );
  for (const layer of [custom, recurrentLayer, bidirectional(recurrentLayer)]) {
    const one = sequential([layer], { inputShape: sequences }).on(backend);
    await expect(writePytorch(one)).rejects.toThrow(/custom (layers|cells) cannot be exported to PyTorch/);
    await expect(writeLayersModel(one)).rejects.toThrow(
      /custom (layers|cells) cannot be exported to tfjs-layers/,
    );
    one.dispose();
  }
  network.dispose();
});

test.each(['minGru', 'minLstm', 'slstm'] as const)('tfjs-layers has no %s', async (kind) => {
  const layer = { minGru, minLstm, slstm }[kind]({ units: 2, ...seq });
  for (const refused of [layer, bidirectional(layer)]) {
    const network = sequential([refused], { inputShape: sequences }).on(backend);
    await expect(writeLayersModel(network)).rejects.toThrow(`tfjs-layers has no layer ${kind}`);
    network.dispose();
  }
});

test('layers that ONNX cannot express are all listed in the error', async () => {
  const network = sequential([masking(), gru({ units: 2, ...seq }), conv1d({ filters: 2, kernelSize: 2 })], {
    inputShape: sequences,
  }).on(backend);
  const error = await writeOnnx(network, { lengths: true }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(UnsupportedError);
  expect((error as Error).message).toMatch(/layer 0, masking.*layer 2, conv1d/s);
  network.dispose();
});
