/* model.py of a graph computes what the network computes, and its weights come back bit for bit. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reference } from '@recurra/backend-reference';
import {
  add,
  apply,
  attention,
  averagePooling2d,
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
  lstm,
  type Model,
  type ModelTypes,
  masking,
  maxPooling1d,
  maxPooling2d,
  multiply,
  type NDArray,
  type Network,
  reshape,
  rnn,
  sequence,
  spatialDropout,
  tokens,
  vector,
} from '@recurra/core';
import { decodeSafetensors } from '@recurra/core/files';
import { networkOf, readStateDict, runnable, writePytorch } from '@recurra/interop';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectClose, numbers } from '../onnx/support.js';
import { missing, python, run } from './python.js';

const S = { returnSequences: true } as const;
const B = 3;
const backend = await reference();

const GRAPHS: Record<string, () => Model<ModelTypes>> = {
  'an encoder and a decoder with attention': () =>
    graph({ source: tokens({ time: 5 }), target: tokens({ time: 4 }) }, ({ source, target }) => {
      const words = embedding({ inputDim: 7, outputDim: 3 });
      const encoder = apply(bidirectional(lstm({ units: 2, ...S })), apply(words, source), {
        name: 'the encoder',
      });
      const query = apply(lstm({ units: 4, ...S }), apply(words, target), { initialState: encoder.state });
      const context = apply(attention({ score: 'general' }), { query, memory: encoder });
      return { scores: apply(dense({ units: 7, activation: 'softmax' }), apply(concat(), [query, context])) };
    }),
  'attention of heads, causal, additive and dot': () =>
    graph({ x: sequence(4, { time: 5 }), memory: sequence(4, { time: 6 }) }, ({ x, memory }) => {
      const own = apply(attention({ heads: 2, causal: true }), { query: x, memory: x });
      const query = apply(add(), [x, own]);
      return {
        additive: apply(attention({ score: 'additive', units: 3, scale: 0.5 }), { query, memory }),
        dot: apply(attention(), { query, memory }),
      };
    }),
  'Bahdanau, started by a state of two directions of its own cells': () =>
    graph({ source: sequence(4, { time: 5 }), target: tokens({ time: 4 }) }, ({ source, target }) => {
      const cell = rnn({ units: 2, clip: 0.5, ...S });
      const memory = apply(bidirectional(cell, { backward: rnn({ units: 2, ...S }) }), source);
      const input = apply(embedding({ inputDim: 7, outputDim: 3 }), target);
      const decoder = bahdanauDecoder(gru({ units: 4 }));
      return { states: apply(decoder, { input, memory }, { initialState: memory.state, name: 'forward' }) };
    }),
  'states of every kind': () =>
    graph({ x: sequence(3, { time: 5 }), start: vector(4) }, ({ x, start }) => {
      const first = apply(lstm({ units: 4, peepholes: true, ...S }), x, { initialState: start });
      const second = apply(lstm({ units: 4 }), x, { initialState: first.state });
      const both = apply(bidirectional(gru({ units: 2 }), { merge: 'none' }), first);
      const again = apply(bidirectional(gru({ units: 2 })), x, { initialState: both.state });
      return {
        last: apply(lastStep(), first),
        joined: apply(multiply(), [second, again]),
        back: both.output('backward'),
      };
    }),
  'images and frames': () =>
    graph({ picture: image(6, 5, 2), video: frames(6, 5, 2, { time: 4 }) }, ({ picture, video }) => {
      const look = conv2d({
        filters: 3,
        kernelSize: [3, 2],
        strides: [1, 2],
        padding: 'same',
        activation: 'relu',
      });
      const normal = apply(batchNorm({ scale: false }), apply(look, picture));
      const pooled = apply(
        maxPooling2d({ poolSize: 2, padding: 'same' }),
        apply(spatialDropout({ rate: 0.2 }), normal),
      );
      const means = apply(
        averagePooling2d({ poolSize: [3, 2], strides: 1, padding: 'same' }),
        apply(look, video),
      );
      const steps = apply(flatten(), means);
      const short = apply(maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' }), steps);
      const h = apply(dense({ units: 4 }), apply(flatten(), pooled));
      return {
        place: apply(gru({ units: 4 }), apply(batchNorm(), short), { initialState: h }),
        rows: apply(reshape({ target: [3, 6] }), pooled),
      };
    }),
};

async function networkFor(model: Model<ModelTypes>): Promise<Network<ModelTypes>> {
  const network = model.on(backend);
  const weights = Object.entries(await network.getWeights()).map(([name, { shape, data }], i) => {
    const values = numbers(data.length, i + 5);
    return [
      name,
      { shape, data: values.map((x) => (name.endsWith('Variance') ? 1 + x / 2 : x / 1.5)) },
    ] as const;
  });
  network.setWeights(Object.fromEntries(weights));
  return network;
}

function inputsFor({ model }: Network<ModelTypes>): Record<string, NDArray> {
  return Object.fromEntries(
    Object.entries(model.inputs).map(([name, { shape }], i) => {
      const steps = 'time' in shape ? [shape.time as number] : [];
      const sizes =
        shape.kind === 'tokens'
          ? []
          : 'features' in shape
            ? [shape.features]
            : [shape.height, shape.width, shape.channels];
      const whole = [B, ...steps, ...sizes];
      const data = numbers(
        whole.reduce((a, b) => a * b, 1),
        i + 3,
      );
      return [
        name,
        { shape: whole, data: shape.kind === 'tokens' ? data.map((x) => Math.floor((x + 1) * 3.4)) : data },
      ];
    }),
  );
}

describe.skipIf(!python && !process.env.CI)(`model.py of a graph${python ? '' : ` (${missing})`}`, () => {
  const top = mkdtempSync(join(tmpdir(), 'recurra-pytorch-'));
  const names = Object.keys(GRAPHS);
  const folderOf = (index: number) => join(top, String(index));
  let networks: Network<ModelTypes>[];

  beforeAll(async () => {
    if (!python) throw new Error(missing);
    networks = await Promise.all(names.map((name) => networkFor(GRAPHS[name]())));
    for (const [index, network] of networks.entries()) {
      mkdirSync(folderOf(index));
      const files = Object.entries(await writePytorch(network));
      expect(files.map(([name]) => name)).toEqual(['model.safetensors', 'model.py']);
      for (const [name, content] of files) writeFileSync(join(folderOf(index), name), content);
      const arrays = Object.values(inputsFor(network)).map(({ data, shape }) => ({ shape, data: [...data] }));
      writeFileSync(join(folderOf(index), 'input.json'), JSON.stringify(arrays));
    }
    run([join(import.meta.dirname, 'check.py'), top], top);
  });
  afterAll(() => rmSync(top, { recursive: true }));

  it.each(names.map((name, index) => [name, index] as const))('%s', async (_, index) => {
    const network = networks[index];
    const read = (file: string) => readFileSync(join(folderOf(index), file));
    const theirs = JSON.parse(read('output.json').toString()) as { outputs: NDArray[] };
    const ours = Object.values(await runnable(network).run(inputsFor(network)));
    expect(theirs.outputs).toHaveLength(ours.length);
    for (const [i, output] of theirs.outputs.entries()) expectClose(output, ours[i], `output ${i}`);

    const back = readStateDict<ModelTypes>(read('saved.safetensors'));
    expect(JSON.stringify(back.model)).toBe(JSON.stringify(network.model));
    const weights = await network.getWeights();
    expect(Object.keys(back.weights).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, { data, shape }] of Object.entries(weights)) {
      expect(back.weights[name].shape, name).toEqual(shape);
      expect([...back.weights[name].data], name).toEqual([...data]);
    }
    networkOf(back, backend).dispose();
  });
});

it('weights that layers share are in the file once', async () => {
  const network = GRAPHS['an encoder and a decoder with attention']().on(backend);
  const { tensors } = decodeSafetensors((await writePytorch(network))['model.safetensors']);
  expect(Object.values(tensors).filter(({ shape }) => String(shape) === '7,3')).toHaveLength(1);
});

it('what model.py does not support is refused by the name of the node', async () => {
  const model = graph({ x: sequence(3) }, ({ x }) => ({ y: apply(masking(), x, { name: 'mask' }) }));
  await expect(writePytorch(model.on(backend))).rejects.toThrow(
    /node mask, masking: model.py does not support masks/,
  );
});
