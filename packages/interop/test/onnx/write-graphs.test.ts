/* Graphs of layers, written as ONNX and run by onnxruntime: whole, with lengths, and step by step. */
import { reference } from '@recurra/backend-reference';
import {
  activation,
  add,
  apply,
  attention,
  averagePooling2d,
  type Backend,
  bahdanauDecoder,
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
  lastStep,
  layerNorm,
  lstm,
  type Model,
  type ModelTypes,
  maxPooling1d,
  maxPooling2d,
  minGru,
  multiply,
  type NDArray,
  type Network,
  repeatVector,
  reshape,
  rnn,
  sequence,
  sequential,
  spatialDropout,
  tokens,
  vector,
} from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runnable, type WrittenNetwork } from '../../src/model.js';
import { readOnnx } from '../../src/onnx/read.js';
import { writeOnnx } from '../../src/onnx/write/index.js';
import { writeOnnxSteps } from '../../src/onnx/write/steps.js';
import { expectClose, numbers, type OrtFeed, onnxruntime } from './support.js';

let backend: Backend;
beforeAll(async () => {
  backend = await reference();
});
afterAll(() => backend.dispose());

const [B, T] = [3, 5];
const S = { returnSequences: true } as const;
const words = 11;

function encoderDecoder() {
  return graph({ source: tokens(), target: tokens() }, ({ source, target }) => {
    const shared = embedding({ inputDim: words, outputDim: 4 });
    const encoder = apply(bidirectional(lstm({ units: 3, ...S })), apply(shared, source), {
      name: 'encoder',
    });
    const query = apply(lstm({ units: 6, ...S }), apply(shared, target), {
      initialState: encoder.state,
      name: 'decoder',
    });
    const context = apply(attention({ score: 'general' }), { query, memory: encoder });
    return {
      scores: apply(dense({ units: words, activation: 'softmax' }), apply(concat(), [query, context])),
    };
  });
}

function withAttention(options: Parameters<typeof attention>[0]) {
  return graph({ source: sequence(4), target: sequence(4) }, ({ source, target }) => {
    const memory = apply(gru({ units: 4, ...S }), source, { name: 'encoder' });
    const query = apply(rnn({ units: 4, ...S }), target, { initialState: memory.state, name: 'decoder' });
    return { output: apply(attention(options), { query, memory }) };
  });
}

function bahdanau(decoder: Parameters<typeof bahdanauDecoder>[0], score: 'additive' | 'general') {
  return graph({ source: sequence(4), target: tokens() }, ({ source, target }) => {
    const memory = apply(gru({ units: 5, ...S }), source);
    const input = apply(embedding({ inputDim: words, outputDim: 3 }), target);
    return { states: apply(bahdanauDecoder(decoder, { score }), { input, memory }, { name: 'decoder' }) };
  });
}

/** Seq2seq models: `source` is given, `target` is stepped. */
const decoders: Record<string, () => Model<ModelTypes>> = {
  'an encoder and a decoder with attention': encoderDecoder,
  'attention, dot': () => withAttention({ score: 'dot', scale: 0.7 }),
  'attention, additive': () => withAttention({ score: 'additive', units: 3 }),
  'attention, two heads': () => withAttention({ heads: 2, units: 6 }),
  'attention, two heads without bias': () => withAttention({ heads: 2, bias: false, scale: 0.3 }),
  'Bahdanau, lstm': () => bahdanau(lstm({ units: 4 }), 'additive'),
  'Bahdanau, minGru': () => bahdanau(minGru({ units: 4 }), 'additive'),
  'Bahdanau, gru': () => bahdanau(gru({ units: 4, resetAfter: false, layerNorm: true }), 'general'),
  'directions that start a bidirectional layer': () =>
    graph({ source: sequence(4), target: tokens() }, ({ source, target }) => {
      const first = apply(bidirectional(gru({ units: 3 })), source);
      const second = apply(bidirectional(gru({ units: 3 })), source, { initialState: first.state });
      const input = apply(embedding({ inputDim: words, outputDim: 3 }), target);
      const h = apply(dense({ units: 5 }), apply(add(), [first, second]));
      return { output: apply(lstm({ units: 5, ...S }), input, { initialState: h, name: 'decoder' }) };
    }),
};

/** Models that have something else. */
const others: Record<string, { model: () => Model<ModelTypes>; lengths?: false }> = {
  'causal attention of a sequence to itself': {
    model: () =>
      graph({ x: sequence(4) }, ({ x }) => {
        const attended = apply(attention({ heads: 2, causal: true }), { query: x, memory: x });
        return { output: apply(layerNorm(), apply(add(), [x, attended])) };
      }),
  },
  'two heads and two outputs of one layer': {
    model: () =>
      graph({ words: tokens(), extra: vector(2) }, ({ words: given, extra }) => {
        const steps = apply(embedding({ inputDim: words, outputDim: 3 }), given);
        const both = apply(bidirectional(gru({ units: 3, ...S }), { merge: 'none' }), steps);
        const tags = apply(multiply(), [both, both.output('backward')]);
        const last = apply(concat(), [apply(lastStep(), tags), extra]);
        return { tags, intent: apply(dense({ units: 2 }), last), back: both.output('backward') };
      }),
  },
  'an image that starts a decoder': {
    lengths: false,
    model: () =>
      graph({ picture: image(6, 5, 2), target: tokens() }, ({ picture, target }) => {
        const seen = apply(conv2d({ filters: 3, kernelSize: [3, 2], activation: 'relu' }), picture);
        const pooled = apply(
          maxPooling2d({ poolSize: 2, padding: 'same' }),
          apply(spatialDropout({ rate: 0.2 }), seen),
        );
        const h = apply(dense({ units: 4 }), apply(flatten(), pooled));
        const steps = apply(embedding({ inputDim: words, outputDim: 3 }), target);
        return { letters: apply(lstm({ units: 4, ...S }), steps, { initialState: h }) };
      }),
  },
  'frames through a convolution': {
    model: () =>
      graph({ video: frames(6, 5, 1) }, ({ video }) => {
        const seen = apply(
          conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', bias: false }),
          video,
        );
        const normal = apply(activation({ activation: 'softmax' }), apply(batchNorm(), seen));
        const pooled = apply(averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' }), normal);
        const joined = apply(concat(), [pooled, normal]);
        return { picture: joined, place: apply(gru({ units: 3 }), apply(flatten(), joined)) };
      }),
  },
  'reshape, maxPooling1d and repeatVector': {
    lengths: false,
    model: () =>
      graph({ x: vector(24) }, ({ x }) => {
        const steps = apply(reshape({ target: [6, 4] }), x);
        const pooled = apply(maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' }), steps);
        const once = apply(repeatVector({ n: 3 }), apply(dense({ units: 4 }), x));
        const normal = apply(batchNorm({ scale: false }), apply(add(), [pooled, once]));
        return { y: normal, picture: apply(reshape({ target: [2, 3, 4] }), x) };
      }),
  },
};

/** A network with weights that are all different; of variances positive. */
async function networkOf(model: Model<ModelTypes>): Promise<Network<ModelTypes>> {
  const network = model.on(backend);
  const weights = await network.getWeights();
  for (const [i, [name, { data }]] of Object.entries(weights).entries()) {
    data.set(numbers(data.length, i + 20).map((x) => (name.endsWith('Variance') ? 1 + x / 2 : x / 2)));
  }
  network.setWeights(weights);
  return network;
}

function inputsOf({ model }: WrittenNetwork): Record<string, OrtFeed> {
  return Object.fromEntries(
    Object.entries(model.inputs).map(([name, { shape }], i) => {
      const steps = 'time' in shape ? [T + i] : [];
      if (shape.kind === 'tokens') {
        const data = Float64Array.from({ length: B * steps[0] }, (_, at) => (at * 3 + i) % words);
        return [name, { dtype: 'int64', shape: [B, ...steps], data } as const];
      }
      const sizes = 'features' in shape ? [shape.features] : [shape.height, shape.width, shape.channels];
      const whole = [B, ...steps, ...sizes];
      return [name, { shape: whole, data: numbers(sizeOf(whole), i + 3) }];
    }),
  );
}

describe('the whole graph', () => {
  test.each([
    ...Object.entries(decoders).map(([name, model]) => [name, { model }] as const),
    ...Object.entries(others),
  ])('%s', async (_, { model, ...options }) => {
    const network = await networkOf(model());
    const inputs = inputsOf(network);
    const expected = await runnable(network).run(inputs);
    const bytes = await writeOnnx(network);
    const actual = await onnxruntime(bytes, inputs);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const name in expected) expectClose(actual[name], expected[name], name);

    if ((options as { lengths?: false }).lengths !== false) {
      const rows = [4, 5, 2];
      const timed = Object.keys(inputs).filter((name) => 'time' in network.model.inputs[name].shape);
      const lengths = Object.fromEntries(timed.map((name) => [name, rows]));
      const given = Object.fromEntries(
        timed.map((name) => [
          `${name}.lengths`,
          { dtype: 'int32', shape: [B], data: Float32Array.from(rows) } as const,
        ]),
      );
      const cut = await onnxruntime(await writeOnnx(network, { lengths: true }), { ...inputs, ...given });
      const { outputs } = await network.predictAll(inputs as never, { lengths } as never);
      for (const name in outputs) {
        zeroPast(cut[name], rows, network.model.outputs[name].shape);
        const { data } = outputs[name];
        expectClose(cut[name], { data, shape: cut[name].shape }, `${name} with lengths`);
      }
    }
    network.dispose();
  });
});

/** Zeros past the rows' lengths, as `predict` gives. */
function zeroPast({ data, shape }: NDArray, rows: readonly number[], signal: object): void {
  if (!('time' in signal)) return;
  const [, time, ...sizes] = shape;
  const size = sizeOf(sizes);
  for (const [row, length] of rows.entries())
    data.fill(0, (row * time + length) * size, (row + 1) * time * size);
}

describe('an encoder, and the step of a decoder', () => {
  test.each(Object.entries(decoders))('%s', async (_, model) => {
    const network = await networkOf(model());
    const { source, target } = inputsOf(network);
    const lengths = [5, 2, 4];
    const { given, step } = await writeOnnxSteps(network, { given: ['source'], lengths: true });
    const ran = await onnxruntime(given as Uint8Array, {
      source,
      'source.lengths': { dtype: 'int32', shape: [B], data: Float32Array.from(lengths) },
    });
    // `stream` is given rows without padding.
    const [, time] = source.shape;
    const width = source.data.length / B / time;
    const ragged = lengths.map((length, row) =>
      Array.from({ length }, (_, t) => {
        const at = (row * time + t) * width;
        return width === 1 ? source.data[at] : Array.from(source.data.slice(at, at + width));
      }),
    );
    const stream = network.stream({ source: ragged } as never) as unknown as {
      push(frames: unknown): Promise<Record<string, readonly ArrayLike<number>[]>>;
      close(): void;
    };
    let carried: Record<string, NDArray> = ran;
    const size = target.data.length / B / target.shape[1];
    for (let t = 0; t < 3; t++) {
      const rows = Array.from({ length: B }, (_, row) =>
        Array.from(
          target.data.slice((row * target.shape[1] + t) * size, (row * target.shape[1] + t + 1) * size),
        ),
      );
      const isTokens = target.dtype === 'int64';
      const feeds: Record<string, OrtFeed> = {
        ...carried,
        target: {
          dtype: target.dtype,
          shape: isTokens ? [B] : [B, size],
          data: Float64Array.from(rows.flat()),
        },
      };
      const lengthsName = Object.keys(feeds).find((name) => name.endsWith('.lengths'));
      if (lengthsName) feeds[lengthsName] = { ...feeds[lengthsName], dtype: 'int32' };
      const outputs = await onnxruntime(step, feeds);
      const streamed = await stream.push({ target: isTokens ? rows.flat() : rows });
      for (const [name, values] of Object.entries(streamed)) {
        const data = Float64Array.from(values.flatMap((row) => Array.from(row)));
        expectClose(outputs[name], { data, shape: [B, data.length / B] }, `${name} at step ${t}`);
      }
      const next = Object.entries(outputs).filter(([name]) => name.includes('.state.'));
      carried = {
        ...carried,
        ...Object.fromEntries(next.map(([name, state]) => [name.replace('.state.', '.initial.'), state])),
      };
    }
    stream.close();
    network.dispose();
  });

  test('without given inputs, a chain step by step', async () => {
    const network = sequential([gru({ units: 3, ...S }), dense({ units: 2 })], { inputShape: [null, 2] }).on(
      backend,
    );
    const { given, step } = await writeOnnxSteps(network);
    expect(given).toBeUndefined();
    const stream = network.stream();
    let state: NDArray = { shape: [1, 3], data: new Float32Array(3) };
    for (const frame of [
      [0.2, -0.4],
      [0.9, 0.1],
    ]) {
      const outputs = await onnxruntime(step, {
        input: { shape: [1, 2], data: Float32Array.from(frame) },
        '0.initial.0': state,
      });
      state = outputs['0.state.0'];
      const data = Float64Array.from(await stream.push(frame));
      expectClose(outputs.output, { data, shape: [1, 2] }, 'output');
    }
    stream.close();
    network.dispose();
  });
});

describe('what is written is read again', () => {
  // A Scan, which Bahdanau's decoder is, is not read.
  const readable = Object.entries(decoders).filter(([name]) => !name.startsWith('Bahdanau'));
  const all = [...readable, ...Object.entries(others).map(([name, { model }]) => [name, model] as const)];
  test.each(all)('%s', async (_, model) => {
    const network = await networkOf(model());
    const inputs = inputsOf(network);
    const expected = await runnable(network).run(inputs);
    const again = await (await readOnnx(await writeOnnx(network))).on(backend);
    const actual = await again.run(inputs);
    for (const name in expected) expectClose(actual[name], expected[name], name, 1e-6);
    again.dispose();
    network.dispose();
  });
});

test('weights that layers share are written once', async () => {
  const network = encoderDecoder().on(backend);
  const { graph: written } = await readOnnx(await writeOnnx(network));
  const tables = [...written.constants.values()].filter(({ shape }) => String(shape) === `${words},4`);
  expect(tables).toHaveLength(1);
  network.dispose();
});

test('wrong names and layers that cannot be stepped are refused', async () => {
  const network = encoderDecoder().on(backend);
  await expect(writeOnnxSteps(network, { given: ['sorce'] })).rejects.toThrow(/no input "sorce".*source/);
  await expect(writeOnnxSteps(network, { given: ['target'] })).rejects.toThrow(/node encoder, bidirectional/);
  network.dispose();
});
