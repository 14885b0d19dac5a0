/* Models that Recurra writes, loaded by tfjs-layers. */
import { reference } from '@recurra/backend-reference';
import {
  activation,
  bidirectional,
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
  repeatVector,
  rnn,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import { networkOf, readLayersModel, writeLayersModel } from '@recurra/interop';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { close } from './support.js';
import { numbers, predict } from './tfjs.js';

const S = { returnSequences: true };
const before = { resetAfter: false };
const backend = await reference();

const MODELS: Record<string, readonly [Layer[], InputShape?]> = {
  'lstm, gru and rnn': [
    [lstm({ units: 4, dropout: 0.2, ...S }), gru({ units: 3, ...before, ...S }), rnn({ units: 2 })],
  ],
  'backwards, without bias': [
    [
      lstm({
        units: 3,
        goBackwards: true,
        bias: false,
        recurrentActivation: { kind: 'hardSigmoid', alpha: 0.2 },
        ...S,
      }),
      gru({ units: 3, goBackwards: true, bias: false, activation: 'softsign', ...before }),
    ],
  ],
  ...Object.fromEntries(
    (['concat', 'sum', 'average', 'multiply'] as const).flatMap((merge) =>
      [true, false].map((returnSequences): [string, readonly [Layer[]]] => [
        `bidirectional, ${merge}${returnSequences ? '' : ', the last step'}`,
        [[bidirectional(gru({ units: 3, ...before, returnSequences }), { merge }), dense({ units: 2 })]],
      ]),
    ),
  ),
  'embedding with a mask': [
    [
      embedding({ inputDim: 6, outputDim: 3, maskZero: true }),
      bidirectional(lstm({ units: 3 })),
      layerNorm(),
    ],
    [5],
  ],
  masking: [[masking({ value: 0.25 }), lstm({ units: 3 }), dense({ units: 2, activation: 'softmax' })]],
  'layers without a state': [
    [
      conv1d({
        filters: 3,
        kernelSize: 2,
        strides: 2,
        padding: 'same',
        activation: { kind: 'leakyRelu', alpha: 0.1 },
      }),
      featureScale(),
      layerNorm({ epsilon: 0.01 }),
      flatten(),
      dropout({ rate: 0.3 }),
      dense({ units: 4, activation: 'elu' }),
      repeatVector({ n: 3 }),
      activation({ activation: 'selu' }),
      maxOverTime(),
    ],
  ],
  mean: [[conv1d({ filters: 3, kernelSize: 2 }), meanOverTime()]],
};

describe('tfjs-layers loads', () => {
  it.each(Object.entries(MODELS))('%s', async (_, [layers, inputShape = [5, 3]]) => {
    const network = sequential(layers, { inputShape }).on(backend, { seed: 2 });
    const weights = Object.entries(await network.getWeights());
    network.setWeights(
      Object.fromEntries(
        weights.map(([name, { shape }], i) => [name, { shape, data: numbers(shape, i).data }]),
      ),
    );
    const shape = [3, ...(inputShape as number[])];
    const input = numbers(shape, 9);
    if (inputShape.length === 1) input.data = input.data.map((x) => Math.floor((x + 0.7) * 4.2));
    else input.data.fill(0.25, 6, 9);

    const files = await writeLayersModel(network);
    const { modelTopology, weightsManifest } = JSON.parse(files['model.json']);
    const model = await loadLayersModel({
      load: async () => ({
        modelTopology,
        weightSpecs: weightsManifest[0].weights,
        weightData: files['weights.bin'].buffer as ArrayBuffer,
      }),
    });
    const ours = await network.predict(input as never);
    const [theirs] = await predict(model, input);
    close(ours as never, theirs);

    const json = new TextEncoder().encode(files['model.json']);
    const again = networkOf(await readLayersModel(json, async () => files['weights.bin']), backend);
    close((await again.predict(input as never)) as never, theirs);
  });

  it.each([
    ['the GRU of Recurra’s default', gru({ units: 2 }), /resetAfter/],
    [
      'a projection and peepholes',
      lstm({ units: 2, projection: 1, peepholes: true }),
      /projection, peepholes/,
    ],
    ['the hard sigmoid of Keras 3', lstm({ units: 2, recurrentActivation: 'hardSigmoid' }), /alpha 0\.2/],
    ['two outputs', bidirectional(lstm({ units: 2 }), { merge: 'none' }), /one output/],
    [
      'directions with different options',
      bidirectional(lstm({ units: 2 }), { backward: rnn({ units: 2 }) }),
      /both directions/,
    ],
    ['causal padding', conv1d({ filters: 1, kernelSize: 2, padding: 'causal' }), /causal/],
    ['the last step as a layer', lastStep(), /no such layer/],
  ])('but not %s', async (_, layer, message) => {
    const writing = writeLayersModel(sequential([layer], { inputShape: [4, 3] }).on(backend));
    await expect(writing).rejects.toThrow(message);
    await expect(writing).rejects.toBeInstanceOf(UnsupportedError);
  });
});
