import { reference } from '@recurra/backend-reference';
import {
  adam,
  apply,
  attention,
  type BuiltLayer,
  bahdanauDecoder,
  batchNorm,
  bidirectional,
  type Cell,
  conv1d,
  conv2d,
  dense,
  embedding,
  featureScale,
  flatten,
  graph,
  gru,
  type Layer,
  lastStep,
  layerNorm,
  loadNetwork,
  lstm,
  maxOverTime,
  meanOverTime,
  minGru,
  type Network,
  type Node,
  OptionError,
  recurrent,
  rnn,
  type Sample,
  sequence,
  sequential,
  sgd,
} from '@recurra/core';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../src/files/safetensors.js';

const backend = await reference();
const frozen = { trainable: false } as const;
const inputShape = [null, 2];
const samples: Sample[] = Array.from({ length: 8 }, (_, n) => ({
  x: Array.from({ length: 4 }, (_, t) => [Math.sin(n + t), Math.cos(n * t)]),
  y: n % 3,
}));
const options = { loss: 'meanSquaredError', optimizer: adam({ learningRate: 0.05 }), batchSize: 4 } as const;

/** h' = tanh(x · w + h). */
const plainCell: Cell = {
  kind: 'plain',
  options: {},
  build: (inputSize) => ({
    parameters: { w: { shape: [inputSize, 2], initial: 'ones' } },
    stateSizes: [2],
    run: (tape, { w }) => ({ step: (x, [h]) => [tape.tanh(tape.add(tape.matmul(x, w), h))] }),
  }),
};

/** y = gain · x + shift, where `own` is added to the declaration of gain. */
const affine = (own: object = {}): Layer => ({
  kind: 'affine',
  options: {},
  build: (input) => ({
    outputShape: input,
    parameters: {
      gain: { shape: [1], initial: 'ones', ...own },
      shift: { shape: [1], initial: 'zeros' },
    },
    apply: (tape, { value }, { weights: { gain, shift } }) => ({
      output: { value: tape.add(tape.mul(value, gain), shift) },
    }),
  }),
});

/** Trains a network, and returns the names of the weights that changed and of those that did not. */
async function train(network: Network, data = samples): Promise<{ changed: string[]; kept: string[] }> {
  const before = await network.getWeights();
  await network.fit(data, options).done;
  const after = await network.getWeights();
  const isSame = (name: string) => String(before[name].data) === String(after[name].data);
  const names = Object.keys(after).sort();
  return { changed: names.filter((name) => !isSame(name)), kept: names.filter(isSame) };
}

const sequences = { returnSequences: true } as const;
const followedBy = (layer: Layer) =>
  sequential([layer, gru({ units: 2 }), dense({ units: 1 })], { inputShape }).on(backend, { seed: 3 });

describe('frozen parameters', () => {
  it.each<[string, Layer]>([
    ['lstm', lstm({ units: 3, peepholes: true, ...sequences, ...frozen })],
    ['gru', gru({ units: 3, ...sequences, ...frozen })],
    ['rnn', rnn({ units: 3, ...sequences, ...frozen })],
    ['minGru', minGru({ units: 3, ...sequences, ...frozen })],
    ['recurrent', recurrent(plainCell, { ...sequences, ...frozen })],
    ['a custom cell', recurrent({ ...plainCell, ...frozen }, sequences)],
    ['dense', dense({ units: 3, ...frozen })],
    ['conv1d', conv1d({ filters: 3, kernelSize: 2, ...frozen })],
    ['layerNorm', layerNorm(frozen)],
    ['featureScale', featureScale(frozen)],
    ['a custom layer', { ...affine(), ...frozen }],
  ])('of %s do not change', async (_name, layer) => {
    const network = followedBy(layer);
    const { changed, kept } = await train(network);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.every((name) => name.startsWith('0.'))).toBe(true);
    expect(changed.some((name) => name.startsWith('0.'))).toBe(false);
    expect([...network.parameters.keys()].sort()).toEqual(changed);
  });

  it('of attention, a decoder with attention, conv2d and batchNorm do not change', async () => {
    const ofGraph = async (body: (x: Node<'sequence'>) => Node) => {
      const model = graph({ x: sequence(2) }, ({ x }) => ({
        y: apply(dense({ units: 1 }), apply(lastStep(), body(x) as Node<'sequence'>)),
      }));
      const data = samples.map(({ x, y }) => ({ x: { x: x as number[][] }, y: { y: [y as number] } }));
      const network = model.on(backend);
      const before = await network.getWeights();
      await network.fit(data, { ...options, loss: { y: 'huber' } }).done;
      const after = await network.getWeights();
      return Object.keys(after).filter((name) => String(before[name].data) === String(after[name].data));
    };
    const attending = attention({ score: 'general', ...frozen });
    expect(await ofGraph((x) => apply(attending, { query: x, memory: x }))).toEqual(['attention.kernel']);
    const decoder = (decoder: object, all: object) => (x: Node<'sequence'>) =>
      apply(bahdanauDecoder(rnn({ units: 2, bias: false, ...decoder }), { score: 'general', ...all }), {
        input: x,
        memory: x,
      });
    const cell = ['bahdanauDecoder.cell.kernel', 'bahdanauDecoder.cell.recurrentKernel'];
    expect(await ofGraph(decoder(frozen, {}))).toEqual(cell);
    expect((await ofGraph(decoder({}, frozen))).sort()).toEqual([
      'bahdanauDecoder.attention.kernel',
      ...cell,
    ]);

    const images = samples.map(({ y }, n) => ({ x: [[[n / 8], [1]]], y }));
    const layers = [conv2d({ filters: 2, kernelSize: 1, ...frozen }), batchNorm(frozen), flatten()];
    const network = sequential([...layers, dense({ units: 1 })], { inputShape: [1, 2, 1] }).on(backend);
    // A frozen normalisation uses its running statistics and does not change them, as in Keras.
    const { changed, kept } = await train(network, images);
    expect(changed).toEqual(['3.bias', '3.kernel']);
    expect(kept).toContain('1.runningMean');
    const { epochs } = await network.fit(images, { ...options, batchSize: 8 }).done;
    const { loss } = await network.evaluate(images, { loss: 'meanSquaredError' });
    expect(epochs[0].loss).not.toBe(loss);
    const still = { ...options, optimizer: sgd({ learningRate: 0 }), batchSize: 8 };
    const again = await network.fit(images, still).done;
    expect(again.epochs[0].loss).toBeCloseTo(loss, 12);
  });

  it('of an embedding, one direction, and a single parameter do not change', async () => {
    const tokens = samples.map(({ y }, n) => ({ x: [n % 4, 1, 2, 3], y }));
    const words = sequential(
      [embedding({ inputDim: 4, outputDim: 2, ...frozen }), rnn({ units: 2 }), dense({ units: 1 })],
      { inputShape: [null] },
    ).on(backend);
    expect((await train(words, tokens)).kept).toEqual(['0.embeddings']);
    const backward = lstm({ units: 2, ...sequences, ...frozen });
    const both = followedBy(bidirectional(gru({ units: 2, ...sequences }), { backward }));
    expect((await train(both)).kept).toEqual([
      '0.backward.bias',
      '0.backward.kernel',
      '0.backward.recurrentKernel',
    ]);
    expect((await train(followedBy(affine(frozen)))).kept).toEqual(['0.gain']);
  });

  const layers = [lstm({ units: 3, ...frozen }), dense({ units: 2 }), dense({ units: 1 })];
  const part = sequential(layers, { inputShape });

  it('are saved as such, predict as before, and are counted separately', async () => {
    const network = part.on(backend, { seed: 1 });
    const whole = sequential([lstm({ units: 3 }), dense({ units: 2 }), dense({ units: 1 })], { inputShape });
    expect(JSON.stringify(whole)).not.toContain('trainable');
    const weights = await network.getWeights();
    const x = samples.map((sample) => sample.x) as number[][][];
    expect(await network.predict(x)).toEqual(await whole.on(backend, { weights }).predict(x));
    expect(Object.keys(weights)).toEqual(Object.keys(await whole.on(backend).getWeights()));
    const loaded = await loadNetwork(await network.save(), backend);
    expect(await loaded.getWeights()).toEqual(weights);
    expect([...loaded.parameters.keys()]).toEqual(['1.kernel', '1.bias', '2.kernel', '2.bias']);
    expect(part.summary()).toMatch(/11 parameters, 72 frozen parameters$/);
    expect(whole.summary()).toMatch(/83 parameters$/);
    const held = backend.memory();
    loaded.setWeights(weights);
    expect(backend.memory()).toEqual(held);
    loaded.dispose();
  });

  it('have no gradient: they are not computed, not clipped by and not kept by the optimizer', async () => {
    const products = async (layer: Layer) => {
      let count = 0;
      const matmul: typeof backend.matmul = (...inputs) => {
        count++;
        return backend.matmul(...inputs);
      };
      const model = sequential([layer, dense({ units: 1 })], { inputShape });
      await model.on({ ...backend, matmul }).fit(samples.slice(0, 4), options).done;
      return count;
    };
    const forwardOnly = 2 * 4 + 2;
    // The products of dense: forward, and backward for its kernel only.
    expect(await products(rnn({ units: 2, ...frozen }))).toBeLessThanOrEqual(forwardOnly);
    expect(await products(rnn({ units: 2 }))).toBeGreaterThan(forwardOnly);

    const norms = async (model: typeof part) => {
      const network = model.on(backend, { seed: 1 });
      const clipped = { ...options, clip: { globalNorm: 1e-3 }, optimizer: sgd({ learningRate: 1 }) };
      const before = await network.getWeights();
      const run = network.fit(samples, { ...clipped, batchSize: 8 });
      const file = await run.checkpoint();
      await run.done;
      const after = await network.getWeights();
      const moved = Object.keys(after).map((name) =>
        Array.from(after[name].data, (value, i) => (value - before[name].data[i]) ** 2).reduce(
          (sum, x) => sum + x,
        ),
      );
      return { moved: Math.sqrt(moved.reduce((sum, x) => sum + x)), file };
    };
    const { moved, file } = await norms(part);
    expect(moved).toBeCloseTo(1e-3, 5);
    const { tensors } = decodeSafetensors(file);
    expect(Object.keys(tensors)).toContain('0.kernel');
    expect(Object.keys(tensors).some((name) => name.startsWith('optimizer.0'))).toBe(false);
  });

  it('resume from a checkpoint as if there had been no break, and only as they were', async () => {
    const all = { ...options, epochs: 3, validation: { split: 0.25 }, restoreBest: true } as const;
    const whole = part.on(backend, { seed: 5 });
    await whole.fit(samples, all).done;
    const run = part.on(backend, { seed: 5 }).fit(samples, all);
    let resume: Uint8Array = new Uint8Array();
    for await (const { step } of run) {
      if (step < 3) continue;
      resume = await run.checkpoint();
      break;
    }
    const resumed = await loadNetwork(resume, backend);
    await resumed.fit(samples, { ...all, resume }).done;
    expect(await resumed.getWeights()).toEqual(await whole.getWeights());
    const other = sequential([lstm({ units: 3 }), ...layers.slice(1)], { inputShape }).on(backend, {
      seed: 5,
    });
    expect(() => other.fit(samples, { ...all, resume })).toThrow(
      'layers.0.options.trainable is absent here, but false in the file',
    );
  });

  it('are rejected if they are all that there is, or neither true nor false', () => {
    const nothing = sequential([dense({ units: 1, ...frozen })], { inputShape: [2] }).on(backend);
    expect(() => nothing.fit(samples, options)).toThrow('every parameter is frozen');
    const made = (layer: unknown) => () => sequential([layer as Layer], { inputShape });
    expect(made({ ...affine(), trainable: 0 })).toThrow(
      'layer 0, affine: trainable must be true or false, not 0',
    );
    expect(made(affine({ trainable: 'no' }))).toThrow(
      'layer 0, affine: gain: trainable must be true or false',
    );
    expect(() => recurrent({ ...plainCell, trainable: 1 as never })).toThrow('the cell plain: trainable');
    expect(() => gru({ units: 1, trainable: null as never })).toThrow(OptionError);
    for (const make of [flatten, lastStep, meanOverTime, maxOverTime])
      expect(() => make(frozen as never)).toThrow('unknown option "trainable"');
    // @ts-expect-error it is an option of the layer there is nothing to freeze
    const built: BuiltLayer = { ...affine().build({ kind: 'vector', features: 1 }), trainable: false };
    expect(built.parameters.gain.trainable).toBe(undefined);
  });
});
