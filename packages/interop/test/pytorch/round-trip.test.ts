/* model.py computes the same as the network, and its weights are read back bit for bit. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  maxOverTime,
  meanOverTime,
  minGru,
  minLstm,
  type NDArray,
  type Network,
  repeatVector,
  rnn,
  seededRandom,
  sequential,
  slstm,
  type Tensor,
} from '@recurra/core';
import { networkOf, readStateDict, writePytorch } from '@recurra/interop';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing, python, run } from './python.js';

const S = { returnSequences: true };
const SEQUENCE: InputShape = [5, 3];
type Shown = readonly [layers: Layer[], inputShape?: InputShape];

const MODELS: Record<string, Shown> = {
  'rnn, relu': [[rnn({ units: 4, activation: 'relu', ...S }), dense({ units: 2 })]],
  'lstm, the last step': [[lstm({ units: 4, dropout: 0.2 }), dense({ units: 3, activation: 'softmax' })]],
  'lstm with projection, backwards, no bias': [
    [lstm({ units: 4, projection: 2, goBackwards: true, bias: false, ...S }), lastStep()],
  ],
  'gru, stacked': [
    [gru({ units: 4, ...S }), dropout({ rate: 0.5 }), gru({ units: 3, ...S }), meanOverTime()],
  ],
  'embedding, bidirectional lstm, norm': [
    [
      embedding({ inputDim: 7, outputDim: 3 }),
      bidirectional(lstm({ units: 4, ...S })),
      layerNorm(),
      maxOverTime(),
    ],
    [6],
  ],
  ...Object.fromEntries(
    (['concat', 'sum', 'average', 'multiply', 'none'] as const).map((merge): [string, Shown] => [
      `bidirectional gru, ${merge}`,
      [[bidirectional(gru({ units: 3 }), { merge })]],
    ]),
  ),
  'two unequal directions': [
    [
      bidirectional(lstm({ units: 3, ...S }), {
        backward: gru({ units: 3, resetAfter: false, ...S }),
        merge: 'sum',
      }),
    ],
  ],
  'bidirectional rnn with dropout': [[bidirectional(rnn({ units: 3, dropout: 0.3 }))]],
  'peepholes, clip, projection, norm': [
    [
      lstm({
        units: 4,
        peepholes: true,
        clip: 0.5,
        projection: 2,
        layerNorm: true,
        recurrentDropout: 0.2,
        ...S,
      }),
    ],
  ],
  'gru, reset before, norm': [[gru({ units: 4, resetAfter: false, layerNorm: true, clip: 2, ...S })]],
  'gru, reset after, norm, backwards': [[gru({ units: 4, layerNorm: true, goBackwards: true, ...S })]],
  'functions with constants': [
    [
      rnn({ units: 4, activation: { kind: 'scaledTanh', alpha: 1.5, beta: 0.5 }, ...S }),
      gru({ units: 3, recurrentActivation: 'hardSigmoid', activation: 'softsign', ...S }),
      lstm({ units: 3, recurrentActivation: { kind: 'hardSigmoid', alpha: 0.2 }, activation: 'elu' }),
    ],
  ],
  'minGru, minLstm': [
    [minGru({ units: 4, activation: 'tanh', ...S }), bidirectional(minLstm({ units: 3, bias: false, ...S }))],
  ],
  'slstm, two directions': [
    [
      bidirectional(slstm({ units: 4, heads: 2, ...S }), {
        backward: slstm({ units: 4, bias: false, forgetGate: 'exponential', ...S }),
      }),
      minGru({ units: 2, goBackwards: true }),
    ],
  ],
  convolution: [
    [
      conv1d({ filters: 4, kernelSize: 3, padding: 'causal', activation: 'selu' }),
      conv1d({ filters: 3, kernelSize: 2, strides: 2, padding: 'same', bias: false }),
      featureScale(),
      conv1d({ filters: 2, kernelSize: 2, activation: { kind: 'leakyRelu', alpha: 0.1 } }),
      flatten(),
      repeatVector({ n: 3 }),
      activation({ activation: 'softplus' }),
      gru({ units: 2 }),
      dense({ units: 1, activation: 'sigmoid' }),
    ],
  ],
};

const backend = await reference();

/** The network with weights that are all different and include both zeros. */
function networkFor([layers, inputShape = SEQUENCE]: Shown): Network {
  const network = sequential(layers, { inputShape }).on(backend);
  const draw = seededRandom(3, 'weights');
  const weights: Record<string, NDArray> = {};
  for (const [name, { shape }] of network.parameters) {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = Float32Array.from({ length: size }, () => draw.uniform() * 1.6 - 0.8);
    data[size >> 1] = -0;
    weights[name] = { data, shape };
  }
  network.setWeights(weights);
  return network;
}

function inputFor({ model }: Network): NDArray {
  const shape = [3, ...(model.inputShape as number[])];
  const draw = seededRandom(4, 'x');
  const one =
    model.inputs.input.shape.kind === 'tokens'
      ? () => Math.floor(draw.uniform() * 7)
      : () => draw.uniform() * 2 - 1;
  return { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, one) };
}

/** The outputs of the network (batch-major), and the gradients of Σ cos(i) · output[i] by parameter. */
async function expected(network: Network, input: NDArray) {
  const { outputs } = await network.predictAll(input);
  const tape = network.tape();
  const [batch, time, features = 1] = input.shape;
  const turned = input.data.slice();
  for (let b = 0; b < batch; b++)
    for (let t = 0; t < time; t++)
      for (let f = 0; f < features; f++) {
        turned[(t * batch + b) * features + f] = input.data[(b * time + t) * features + f];
      }
  const value = tape.constant(turned, input.shape.length === 2 ? [time, batch] : [time, batch, features]);
  for (const parameter of network.parameters.values()) tape.watch(parameter);
  const result = network.forward(tape, { value });
  const seeds = Object.values(result.outputs).map(({ value }) => {
    const { shape } = value;
    const size = shape.reduce((a, b) => a * b, 1);
    const cosines = Float64Array.from({ length: size }, (_, i) => Math.cos(i));
    if (shape.length === 2) return tape.constant(cosines, shape);
    const [T, B, F] = shape;
    return tape.transpose(tape.constant(cosines, [B, T, F]), [1, 0, 2]);
  });
  const names = [...network.parameters.keys()];
  const gradients = tape.gradients(
    Object.values(result.outputs).map(({ value }, i) => [value, seeds[i]] as const),
    [...network.parameters.values()],
  );
  const entries = names.map(async (name, i) => {
    const { shape } = network.parameters.get(name) as Tensor;
    return [name, { data: await backend.read(gradients[i]), shape }] as const;
  });
  return { outputs: Object.values(outputs), gradients: Object.fromEntries(await Promise.all(entries)) };
}

describe.skipIf(!python && !process.env.CI)(`model.py${python ? '' : ` (${missing})`}`, () => {
  const top = mkdtempSync(join(tmpdir(), 'recurra-pytorch-'));
  const names = Object.keys(MODELS);
  const networks = names.map((name) => networkFor(MODELS[name]));
  const folderOf = (index: number) => join(top, String(index).padStart(3, '0'));

  beforeAll(async () => {
    if (!python) throw new Error(missing);
    for (const [index, network] of networks.entries()) {
      mkdirSync(folderOf(index));
      for (const [name, content] of Object.entries(await writePytorch(network))) {
        writeFileSync(join(folderOf(index), name), content);
      }
      const { data, shape } = inputFor(network);
      writeFileSync(join(folderOf(index), 'input.json'), JSON.stringify([{ shape, data: [...data] }]));
    }
    run([join(import.meta.dirname, 'check.py'), top], top);
  });
  afterAll(() => rmSync(top, { recursive: true }));

  it.each(names.map((name, index) => [name, index] as const))('%s', async (_, index) => {
    const network = networks[index];
    const read = (file: string) => readFileSync(join(folderOf(index), file));
    const theirs = JSON.parse(read('output.json').toString()) as {
      outputs: NDArray[];
      gradients: Record<string, NDArray>;
    };
    const ours = await expected(network, inputFor(network));
    const close = (a: NDArray, b: NDArray, what: string) => {
      expect(a.shape, what).toEqual(b.shape);
      const scale = Math.max(1, ...Array.from(b.data, Math.abs));
      b.data.forEach((value, i) => {
        expect(Math.abs(a.data[i] - value) / scale, `${what}[${i}]`).toBeLessThan(1e-5);
      });
    };
    theirs.outputs.forEach((output, i) => {
      close(output, ours.outputs[i], `output ${i}`);
    });

    // The weights must go through PyTorch and back bit for bit.
    const back = readStateDict(read('saved.safetensors'));
    const weights = await network.getWeights();
    expect(Object.keys(back.weights).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, { data }] of Object.entries(weights)) {
      expect(
        [...back.weights[name].data].map((x) => (Object.is(x, -0) ? '-0' : x)),
        name,
      ).toEqual([...data].map((x) => (Object.is(x, -0) ? '-0' : x)));
    }
    networkOf(back, backend).dispose();

    // The gradients have the same names and positions as the weights.
    const gradients = await writtenGradients(network, ours.gradients);
    for (const [name, gradient] of Object.entries(theirs.gradients)) close(gradient, gradients[name], name);
  });
});

/** Gradients by PyTorch's names, in the layout of the weights. */
async function writtenGradients(network: Network, gradients: Record<string, NDArray>) {
  const twin = network.model.on(backend);
  twin.setWeights(gradients);
  const { decodeSafetensors } = await import('@recurra/core/files');
  const { tensors } = decodeSafetensors((await writePytorch(twin))['model.safetensors']);
  twin.dispose();
  return tensors;
}
