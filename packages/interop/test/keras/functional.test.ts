/* Functional models: of tfjs-layers in Recurra, and graphs of Recurra in tfjs-layers. */
import { reference } from '@recurra/backend-reference';
import {
  add,
  apply,
  attention,
  averagePooling2d,
  batchNorm,
  bidirectional,
  concat,
  conv2d,
  dense,
  embedding,
  flatten,
  frames,
  graph,
  gru,
  image,
  lstm,
  type Model,
  type ModelTypes,
  maxPooling1d,
  maxPooling2d,
  multiply,
  type Network,
  reshape,
  sequence,
  spatialDropout,
  tokens,
  UnsupportedError,
  vector,
} from '@recurra/core';
import { type Feed, networkOf, readLayersModel, runnable, writeLayersModel } from '@recurra/interop';
import { tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { close, type Numbers } from './support.js';
import { layers as L, numbers, saveLayersModel } from './tfjs.js';

const backend = await reference();
const S = { returnSequences: true } as const;
const B = 3;
const before = { resetAfter: false };

const GRAPHS: Record<string, () => Model<ModelTypes>> = {
  'an encoder whose states start a decoder, with a shared embedding': () =>
    graph({ source: tokens({ time: 5 }), target: tokens({ time: 4 }) }, ({ source, target }) => {
      const words = embedding({ inputDim: 7, outputDim: 3 });
      const encoder = apply(bidirectional(lstm({ units: 2 })), apply(words, source), { name: 'encoder' });
      const decoder = apply(lstm({ units: 4, ...S }), apply(words, target), { initialState: encoder.state });
      return { scores: apply(dense({ units: 7, activation: 'softmax' }), decoder) };
    }),
  'residual connections and two heads': () =>
    graph({ x: sequence(3, { time: 5 }), extra: vector(2) }, ({ x, extra }) => {
      const steps = apply(gru({ units: 3, ...before, ...S }), x);
      const sum = apply(multiply(), [apply(add(), [x, steps]), x]);
      const both = apply(bidirectional(gru({ units: 2, ...before }), { merge: 'none' }), sum);
      const leaky = dense({ units: 2, activation: 'leakyRelu' });
      const joined = apply(concat(), [apply(leaky, both), both.output('backward'), apply(leaky, extra)]);
      return { steps: sum, joined, pooled: apply(maxPooling1d({ poolSize: 3, strides: 2 }), sum) };
    }),
  'an image and vectors that start a decoder': () =>
    graph({ picture: image(6, 5, 2), target: tokens({ time: 4 }) }, ({ picture, target }) => {
      const seen = apply(conv2d({ filters: 3, kernelSize: [3, 2], activation: 'leakyRelu' }), picture);
      const pooled = apply(maxPooling2d({ poolSize: 2, padding: 'same' }), apply(batchNorm(), seen));
      const h = apply(dense({ units: 4 }), apply(flatten(), pooled));
      const steps = apply(embedding({ inputDim: 7, outputDim: 3 }), target);
      const initialState = [h, apply(dense({ units: 4 }), h)];
      return {
        letters: apply(lstm({ units: 4, ...S }), apply(spatialDropout({ rate: 0.1 }), steps), {
          initialState,
        }),
      };
    }),
  'frames step by step': () =>
    graph({ video: frames(6, 5, 1, { time: 4 }) }, ({ video }) => {
      const seen = apply(
        conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same', bias: false }),
        video,
      );
      const pooled = apply(averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' }), seen);
      return { place: apply(lstm({ units: 3 }), apply(flatten(), pooled)) };
    }),
  'reshape and batchNorm without a gain': () =>
    graph({ x: vector(12) }, ({ x }) => {
      const steps = apply(reshape({ target: [3, 4] }), apply(batchNorm({ scale: false, epsilon: 0.01 }), x));
      return { y: apply(lstm({ units: 2 }), steps) };
    }),
};

async function network(model: Model<ModelTypes>): Promise<Network<ModelTypes>> {
  const made = model.on(backend);
  const weights = Object.entries(await made.getWeights()).map(([name, { shape }], i) => {
    const { data } = numbers(shape, i);
    return [
      name,
      { shape, data: name.endsWith('Variance') ? data.map((x) => Math.abs(x) + 0.3) : data },
    ] as const;
  });
  made.setWeights(Object.fromEntries(weights));
  return made;
}

function inputs(model: Model<ModelTypes>): Record<string, Feed> {
  return Object.fromEntries(
    Object.entries(model.inputs).map(([name, { shape }], i) => {
      const steps = 'time' in shape ? [shape.time as number] : [];
      const sizes =
        shape.kind === 'tokens'
          ? []
          : 'features' in shape
            ? [shape.features]
            : [shape.height, shape.width, shape.channels];
      const given = numbers([B, ...steps, ...sizes], i + 40);
      if (shape.kind === 'tokens') given.data = given.data.map((x) => Math.floor((x + 0.7) * 4.9));
      return [name, given];
    }),
  );
}

async function predictTfjs(model: tf.LayersModel, feeds: readonly Feed[]): Promise<Numbers[]> {
  const tensors = feeds.map(({ shape, data }) =>
    tensor(Float32Array.from(data as ArrayLike<number>), [...shape]),
  );
  const given = model.predict(tensors);
  return Promise.all(
    (Array.isArray(given) ? given : [given]).map(async (y) => ({ shape: y.shape, data: await y.data() })),
  );
}

describe('tfjs-layers loads a graph', () => {
  it.each(Object.entries(GRAPHS))('%s, which is read again', async (_, make) => {
    const model = make();
    const made = await network(model);
    const feeds = inputs(model);
    const ours = Object.values(await runnable(made).run(feeds));
    const files = await writeLayersModel(made);
    const { modelTopology, weightsManifest } = JSON.parse(files['model.json']);
    const loaded = await tf.loadLayersModel({
      load: async () => ({
        modelTopology,
        weightSpecs: weightsManifest[0].weights,
        weightData: files['weights.bin'].buffer as ArrayBuffer,
      }),
    });
    const theirs = await predictTfjs(loaded, Object.values(feeds));
    expect(theirs).toHaveLength(ours.length);
    for (const [i, output] of theirs.entries()) close(ours[i], output);

    const imported = await readLayersModel<ModelTypes>(
      new TextEncoder().encode(files['model.json']),
      async () => files['weights.bin'],
    );
    const again = runnable(networkOf(imported, backend), imported);
    expect(again.inputs.map(({ name }) => name)).toEqual(Object.keys(model.inputs));
    const outputs = Object.values(await again.run(feeds));
    for (const [i, output] of theirs.entries()) close(outputs[i], output);
    again.dispose();
    made.dispose();
  });

  it('but no attention, which is named', async () => {
    const model = graph({ x: sequence(3) }, ({ x }) => ({
      y: apply(attention(), { query: x, memory: x }, { name: 'looks' }),
    }));
    const writing = writeLayersModel(model.on(backend));
    await expect(writing).rejects.toThrow(/node looks, attention: tfjs-layers has no attention/);
    await expect(writing).rejects.toBeInstanceOf(UnsupportedError);
  });
});

describe('a functional model of tfjs-layers', () => {
  it('with shared layers, states and merged inputs', async () => {
    const [a, b] = [tf.input({ shape: [5, 3], name: 'a' }), tf.input({ shape: [4, 3], name: 'b' })];
    const shared = L.dense({ units: 3, activation: 'tanh' });
    type Tensor = tf.SymbolicTensor;
    const [x, y] = [shared.apply(a) as Tensor, shared.apply(b) as Tensor];
    const [, h, c] = L.lstm({ units: 2, returnState: true }).apply(x) as Tensor[];
    const decoded = L.lstm({ units: 2, returnSequences: true }).apply([y, h, c]) as Tensor;
    const joined = L.concatenate().apply([decoded, y]) as Tensor;
    const outputs = [L.globalMaxPooling1d({}).apply(joined) as Tensor, decoded];
    const model = tf.model({ inputs: [b, a], outputs });
    const files = await saveLayersModel(model);
    const feeds = { b: numbers([B, 4, 3], 1), a: numbers([B, 5, 3], 2) };
    const theirs = await predictTfjs(model, Object.values(feeds));
    const imported = await readLayersModel<ModelTypes>(files['model.json'], async (file) => files[file]);
    expect(Object.keys(imported.model.inputs)).toEqual(['b', 'a']);
    const read = runnable(networkOf(imported, backend));
    const ours = Object.values(await read.run(feeds));
    for (const [i, output] of theirs.entries()) close(ours[i], output);
    read.dispose();
  });

  it('whose layers form a circle, or take what is not there, is a FormatError', async () => {
    const x = tf.input({ shape: [5, 3], name: 'x' });
    const y = L.dense({ units: 3, name: 'y' }).apply(x) as tf.SymbolicTensor;
    const z = L.dense({ units: 3, name: 'z' }).apply(y) as tf.SymbolicTensor;
    const files = await saveLayersModel(tf.model({ inputs: x, outputs: z }));
    const json = new TextDecoder().decode(files['model.json']);
    for (const from of ['["z",0,0,{}]', '["w",0,0,{}]']) {
      const wrong = json.replace('["x",0,0,{}]', from);
      expect(wrong).not.toBe(json);
      const reading = readLayersModel(new TextEncoder().encode(wrong), async (file) => files[file]);
      await expect(reading).rejects.toThrow(/y \(Dense\) takes the output of .*circle/);
    }
  });
});
