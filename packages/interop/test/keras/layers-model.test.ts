/* Models of tfjs-layers, compared with its outputs. */
import { readdirSync, readFileSync } from 'node:fs';
import { cpu } from '@recurra/backend-cpu';
import { FormatError, UnsupportedError } from '@recurra/core';
import { readLayersModel } from '@recurra/interop';
import * as tf from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { close, outputsOf, type Recorded } from './support.js';
import { layers as L, numbers, record, saveLayersModel } from './tfjs.js';

const folder = new URL('../data/keras-models/', import.meta.url);
const backend = await cpu();

describe('recorded models', () => {
  const names = readdirSync(folder).filter((name) => !name.includes('.'));
  it('exist', () => expect(names.length).toBeGreaterThan(3));

  it.each(names)('%s', async (name) => {
    const read = (file: string) => readFileSync(new URL(`${name}/${file}`, folder));
    const { input, output } = JSON.parse(read('io.json').toString()) as Record<string, Recorded['input']>;
    const imported = await readLayersModel(read('model.json'), async (file) => read(file));
    const [actual] = await outputsOf(imported, backend, input);
    close(actual, output);
  });
});

const SEQUENCE = [3, 5, 4];
const inputShape = SEQUENCE.slice(1);
const IDS = { shape: [4, 5], data: [3, 4, 0, 0, 0, 0, 2, 0, 5, 1, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0] };
const hard = { recurrentActivation: 'hardSigmoid' } as const;
/** Sets some steps to `value`: at the end, in the middle and at the beginning. */
const masked = (value: number) => {
  const { shape, data } = numbers(SEQUENCE, 3);
  const out = Float32Array.from(data);
  for (const step of [3, 4, 6, 8, 10]) out.fill(value, step * 4, step * 4 + 4);
  return { shape, data: out };
};
const first = <T extends object>(options: T) => ({ inputShape, ...options });
type Layers = tf.layers.Layer[];

const MODELS: Record<string, () => [Layers, Recorded['input']?]> = {
  ...Object.fromEntries(
    (['concat', 'sum', 'mul', 'ave'] as const).flatMap((mergeMode) =>
      ([true, false] as const).map((returnSequences) => [
        `bidirectional, ${mergeMode}${returnSequences ? '' : ', the last step only'}`,
        (): [Layers] => [
          [
            L.bidirectional(first({ layer: L.lstm({ units: 3, returnSequences }), mergeMode }) as never),
            L.dense({ units: 2 }),
          ],
        ],
      ]),
    ),
  ),
  'stacked with hardSigmoid': () => [
    [
      L.lstm(first({ units: 4, returnSequences: true, ...hard })),
      L.gru({ units: 3, ...hard }),
      L.dense({ units: 2 }),
    ],
  ],
  'the defaults of tfjs': () => [[L.lstm(first({ units: 4, returnSequences: true })), L.gru({ units: 3 })]],
  'goBackwards without bias': () => [
    [
      L.simpleRNN(first({ units: 3, goBackwards: true, useBias: false, returnSequences: true })),
      L.gru({ units: 3, goBackwards: true, useBias: false }),
    ],
  ],
  'Embedding with maskZero': () => [
    [
      L.embedding({ inputDim: 6, outputDim: 3, maskZero: true, inputLength: 5 }),
      L.bidirectional({ layer: L.gru({ units: 3, returnSequences: true }) as never, mergeMode: 'concat' }),
      L.lstm({ units: 3, returnSequences: true }),
      L.timeDistributed({ layer: L.dense({ units: 2, activation: 'softmax' }) }),
    ],
    IDS,
  ],
  'Masking before GRU': () => [[L.masking(first({ maskValue: 0 })), L.gru({ units: 3 })], masked(0)],
  'Masking of another value': () => [
    [L.masking(first({ maskValue: -0.1 })), L.gru({ units: 3, returnSequences: true })],
    masked(-0.1),
  ],
  'batch normalisation, convolution, flatten and repeat': () => [
    [
      L.batchNormalization(first({ epsilon: 0.01 })),
      L.conv1d({ filters: 3, kernelSize: 2, padding: 'same', strides: 2, activation: 'elu' }),
      L.layerNormalization({}),
      L.leakyReLU({ alpha: 0.2 }),
      L.flatten(),
      L.repeatVector({ n: 4 }),
      L.dropout({ rate: 0.3 }),
      L.simpleRNN({ units: 3, activation: 'relu', returnSequences: true }),
      L.batchNormalization({ scale: false, center: false }),
      L.globalAveragePooling1d({}),
      L.activation({ activation: 'softplus' }),
    ],
  ],
  'the largest over time': () => [
    [
      L.conv1d(first({ filters: 3, kernelSize: 3, padding: 'valid' })),
      L.globalMaxPooling1d({}),
      L.softmax({}),
    ],
  ],
};

describe('models made in this test', () => {
  it.each(Object.entries(MODELS))('%s', async (_, make) => {
    const [layers, input = numbers(SEQUENCE, 3)] = make();
    const model = tf.sequential({ layers });
    const { files, outputs } = await record(model, input);
    const imported = await readLayersModel(files['model.json'], async (file) => files[file]);
    const actual = await outputsOf(imported, backend, input);
    outputs.forEach((output, i) => {
      close(actual[i], output);
    });
  });

  it('a functional model that is one sequence', async () => {
    const input = tf.input({ shape: inputShape });
    const inner = L.lstm({ units: 3, returnSequences: true }).apply(input) as tf.SymbolicTensor;
    const outputs = L.dense({ units: 2 }).apply(L.gru({ units: 2 }).apply(inner)) as tf.SymbolicTensor;
    const x = numbers(SEQUENCE, 5);
    const { files, outputs: expected } = await record(tf.model({ inputs: input, outputs }), x);
    const imported = await readLayersModel(files['model.json'], async (file) => files[file]);
    const [actual] = await outputsOf(imported, backend, x);
    close(actual, expected[0]);
  });
});

it('weights in several files, with the names that a conversion from Python writes', async () => {
  const x = numbers(SEQUENCE, 6);
  const inner = L.lstm({ units: 3, recurrentActivation: 'hardSigmoid' }) as never;
  const both = L.bidirectional(first({ layer: inner, name: 'both', mergeMode: 'ave' }) as never);
  const { files, outputs } = await record(
    tf.sequential({ layers: [both, L.dense({ units: 2, name: 'head' })] }),
    x,
  );
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(files['model.json']));
  const [{ weights }] = weightsManifest;
  const renamed = weights.map((weight: { name: string }) => ({
    ...weight,
    name: `${weight.name.replace(/(both\/\w+)\//, '$1/lstm_cell/')}:0`,
  }));
  const { class_name, config } = modelTopology;
  const converted = {
    format: 'layers-model',
    convertedBy: 'TensorFlow.js Converter',
    modelTopology: { keras_version: '2.15.0', backend: 'tensorflow', model_config: { class_name, config } },
    weightsManifest: [{ paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'], weights: renamed }],
  };
  const bytes = files['weights.bin'];
  const read = async (name: string) =>
    name.includes('shard1') ? bytes.subarray(0, 101) : bytes.subarray(101);
  const imported = await readLayersModel(new TextEncoder().encode(JSON.stringify(converted)), read);
  const [actual] = await outputsOf(imported, backend, x);
  close(actual, outputs[0]);
  expect([imported.inputName, imported.outputName]).toEqual(['both_input', 'head']);
});

describe('refuses', () => {
  const model = () => tf.sequential({ layers: [L.lstm(first({ units: 2 })), L.dense({ units: 1 })] });
  const read = async (edit: (json: string) => string) => {
    const files = await saveLayersModel(model());
    const json = edit(new TextDecoder().decode(files['model.json']));
    return readLayersModel(new TextEncoder().encode(json), async (file) => files[file]);
  };

  it('unsupported layers, all of them by name', async () => {
    const layers = [L.permute(first({ dims: [2, 1] })), L.lstm({ units: 2 }), L.gaussianNoise({ stddev: 1 })];
    const files = await saveLayersModel(tf.sequential({ layers }));
    const reading = readLayersModel(files['model.json'], async (file) => files[file]);
    await expect(reading).rejects.toThrow(/permute.*\(Permute\), gaussian.*\(GaussianNoise\);.*LSTM/);
    await expect(reading).rejects.toBeInstanceOf(UnsupportedError);
  });

  it.each([
    ['a file outside the folder', '"weights.bin"', '"../weights.bin"', /the folder of the model/],
    ['a file named twice', '"weights.bin"', '"weights.bin","weights.bin"', /twice/],
    [
      'a shape with more elements than the file',
      '"shape":[4,8]',
      '"shape":[4000000000,8]',
      /needs 128000000000 bytes, but its files have only \d+ left/,
    ],
    ['weights of another number of units', '"units":2', '"units":3', /lstm.*\[4,12\], not \[4,8\]/],
    ['another format', '"layers-model"', '"graph-model"', /graph-model/],
  ])('%s', async (_, from, to, message) => {
    const reading = read((json) => json.replace(from, to));
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toBeInstanceOf(FormatError);
  });
});
