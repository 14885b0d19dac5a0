/* What Recurra writes as .keras archives, read again; and by Keras 3 itself where it is installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reference } from '@recurra/backend-reference';
import {
  activation,
  add,
  apply,
  attention,
  averagePooling2d,
  bahdanauDecoder,
  batchNorm,
  bidirectional,
  concat,
  conv1d,
  conv2d,
  dense,
  dropout,
  embedding,
  featureScale,
  flatten,
  frames,
  graph,
  gru,
  image,
  layerNorm,
  lstm,
  type Model,
  type ModelTypes,
  masking,
  maxOverTime,
  maxPooling2d,
  type NDArray,
  repeatVector,
  reshape,
  rnn,
  sequence,
  sequential,
  spatialDropout,
  tokens,
  UnsupportedError,
  vector,
} from '@recurra/core';
import { networkOf, readKerasArchive, runnable, writeKerasArchive } from '@recurra/interop';
import { afterAll, describe, expect, it } from 'vitest';
import { close } from './support.js';
import { numbers } from './tfjs.js';

const backend = await reference();
const S = { returnSequences: true };
const B = 3;

const MODELS: Record<string, () => Model<ModelTypes>> = {
  'an encoder and a decoder with attention and a shared embedding': () =>
    graph({ source: tokens({ time: 5 }), target: tokens({ time: 4 }) }, ({ source, target }) => {
      const words = embedding({ inputDim: 7, outputDim: 3 });
      const encoder = apply(bidirectional(lstm({ units: 2, ...S })), apply(words, source), {
        name: 'encoder',
      });
      const query = apply(lstm({ units: 4, ...S }), apply(words, target), { initialState: encoder.state });
      const context = apply(attention({ scale: 0.5 }), { query, memory: encoder });
      const own = apply(attention({ causal: true }), { query, memory: query });
      return { scores: apply(dense({ units: 7, activation: 'softmax' }), apply(concat(), [own, context])) };
    }),
  'images and frames': () =>
    graph({ picture: image(6, 5, 2), video: frames(6, 5, 1, { time: 4 }) }, ({ picture, video }) => {
      const seen = apply(
        conv2d({ filters: 3, kernelSize: [3, 2], activation: { kind: 'leakyRelu', alpha: 0.1 } }),
        picture,
      );
      const normal = apply(spatialDropout({ rate: 0.2 }), apply(batchNorm({ center: false }), seen));
      const pooled = apply(flatten(), apply(maxPooling2d({ poolSize: 2, padding: 'same' }), normal));
      const steps = apply(
        conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same', bias: false }),
        video,
      );
      const means = apply(flatten(), apply(averagePooling2d({ poolSize: 2, strides: 1 }), steps));
      const initialState = apply(dense({ units: 4 }), pooled);
      return { place: apply(gru({ units: 4 }), means, { initialState }), pooled };
    }),
  'two outputs of two directions of different options': () =>
    graph({ x: sequence(3, { time: 5 }), extra: vector(6) }, ({ x, extra }) => {
      const cells = bidirectional(gru({ units: 3, resetAfter: false }), {
        backward: rnn({ units: 3 }),
        merge: 'none',
      });
      const both = apply(cells, x);
      const steps = apply(reshape({ target: [2, 3] }), extra);
      return {
        sum: apply(add(), [both, both.output('backward')]),
        last: apply(lstm({ units: 2, dropout: 0.2 }), steps),
      };
    }),
  'one layer after another': () =>
    sequential(
      [
        conv1d({ filters: 3, kernelSize: 2, padding: 'causal', activation: 'exponential' }),
        layerNorm({ epsilon: 0.01 }),
        gru({ units: 3, recurrentActivation: 'hardSigmoid', recurrentDropout: 0.1, ...S }),
        dropout({ rate: 0.3 }),
        maxOverTime(),
        repeatVector({ n: 2 }),
        activation({ activation: 'selu' }),
        featureScale(),
        flatten(),
      ],
      { inputShape: [5, 3] },
    ) as unknown as Model<ModelTypes>,
  'masked steps': () =>
    sequential([masking({ value: 0.25 }), lstm({ units: 3, ...S }), bidirectional(gru({ units: 2 }))], {
      inputShape: [5, 3],
    }) as unknown as Model<ModelTypes>,
};

async function networkFor(model: Model<ModelTypes>) {
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

function inputsFor(model: Model<ModelTypes>): Record<string, NDArray> {
  return Object.fromEntries(
    Object.entries(model.inputs).map(([name, { shape }], i) => {
      const steps = 'time' in shape ? [shape.time as number] : [];
      const sizes =
        shape.kind === 'tokens'
          ? []
          : 'features' in shape
            ? [shape.features]
            : [shape.height, shape.width, shape.channels];
      const { data, shape: whole } = numbers([B, ...steps, ...sizes], i + 40);
      if (shape.kind === 'sequence') data.fill(0.25, 6, 9);
      return [
        name,
        { shape: whole, data: shape.kind === 'tokens' ? data.map((x) => Math.floor((x + 0.7) * 4.9)) : data },
      ];
    }),
  );
}

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import keras']).status === 0,
);
const folder = mkdtempSync(join(tmpdir(), 'recurra-keras-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a .keras archive', () => {
  it.each(Object.entries(MODELS))('of %s', async (name, make) => {
    const model = make();
    const network = await networkFor(model);
    const inputs = inputsFor(model);
    const ours = Object.values(await runnable(network).run(inputs));
    const bytes = await writeKerasArchive(network);
    const imported = readKerasArchive<ModelTypes>(bytes);
    const again = runnable(networkOf(imported, backend), imported);
    const outputs = Object.values(await again.run(inputs));
    for (const [i, output] of ours.entries()) close(outputs[i], output as never);
    again.dispose();
    network.dispose();
    if (!python) return;

    const stem = join(folder, name.replaceAll(' ', '-'));
    writeFileSync(`${stem}.keras`, bytes);
    const arrays = Object.values(inputs).map(({ data, shape }) => ({ shape, data: [...data] }));
    writeFileSync(`${stem}.json`, JSON.stringify(arrays));
    const { status, stderr } = spawnSync(python, [join(import.meta.dirname, 'predict.py'), stem]);
    expect(status, stderr.toString()).toBe(0);
    const theirs = JSON.parse(readFileSync(`${stem}.out.json`, 'utf8')) as NDArray[];
    expect(theirs).toHaveLength(ours.length);
    for (const [i, output] of theirs.entries()) close(ours[i], output as never);
  });

  it('cannot hold attention inside a recurrent layer', async () => {
    const model = graph({ x: sequence(3) }, ({ x }) => ({
      y: apply(bahdanauDecoder(lstm({ units: 2 })), { input: x, memory: x }, { name: 'decoder' }),
    }));
    const writing = writeKerasArchive(model.on(backend));
    await expect(writing).rejects.toThrow(/node decoder, bahdanauDecoder: Keras 3 has no attention inside/);
    await expect(writing).rejects.toBeInstanceOf(UnsupportedError);
  });
});
