/* Networks with int8 weights on a backend without int8 kernels, and files of them. */
import { reference } from '@recurra/backend-reference';
import {
  adam,
  apply,
  attention,
  bidirectional,
  conv1d,
  dense,
  embedding,
  explain,
  graph,
  gru,
  int8,
  layerNorm,
  loadNetwork,
  loadPredictor,
  lstm,
  minGru,
  minLstm,
  sequence,
  sequential,
  slstm,
  UnsupportedError,
} from '@recurra/core';
import { expect, it } from 'vitest';
import { decodeTensors, encodeSafetensors, floatTypes } from '../src/files/safetensors.js';

const backend = await reference();
const layers = { embedding, bidirectional, lstm, gru, dense };
const model = sequential(
  [
    embedding({ inputDim: 50, outputDim: 8 }),
    bidirectional(lstm({ units: 6, returnSequences: true })),
    gru({ units: 5 }),
    dense({ units: 3, activation: 'softmax' }),
  ],
  { inputShape: [null] },
);
const x = [
  [1, 2, 3, 49],
  [7, 0],
];
const types = { ...floatTypes, I8: [1, (buffer: ArrayBuffer) => new Int8Array(buffer)] as const };

it('rounds each column to 127 steps of its own scale, and each row of an embedding', async () => {
  const network = model.on(backend, { seed: 1 });
  const quantized = await network.quantize();
  const [before, after] = [await network.getWeights(), await quantized.getWeights()];
  for (const [name, { data, shape }] of Object.entries(before)) {
    const matrix = quantized.int8?.matrices.get(name);
    const isMatrix = /kernel|Kernel|embeddings/.test(name);
    expect(matrix !== undefined, name).toBe(isMatrix);
    if (!matrix) {
      expect(after[name].data).toEqual(data);
      continue;
    }
    const [rows, columns] = shape;
    const scaleOf = (i: number) =>
      matrix.scales[name === '0.embeddings' ? Math.floor(i / columns) : i % columns];
    expect(matrix.scales).toHaveLength(name === '0.embeddings' ? rows : columns);
    const largest = new Float64Array(matrix.scales.length);
    data.forEach((w, i) => {
      const at = name === '0.embeddings' ? Math.floor(i / columns) : i % columns;
      largest[at] = Math.max(largest[at], Math.abs(w));
      expect(Math.abs(after[name].data[i] - w)).toBeLessThanOrEqual(scaleOf(i) * 0.5001);
      expect(after[name].data[i]).toBe(Math.fround(matrix.data[i] * scaleOf(i)));
    });
    // The scale is max |w| / 127, rounded up to eight bits.
    matrix.scales.forEach((scale, at) => {
      expect(scale / (largest[at] / 127)).toBeGreaterThanOrEqual(1 - 1e-7);
      expect(scale / (largest[at] / 127)).toBeLessThan(1 + 2 ** -7);
    });
  }
  network.dispose();
  quantized.dispose();
});

it('a file has the same network, for loadNetwork and loadPredictor, in about a quarter of the size', async () => {
  const network = model.on(backend, { seed: 1 });
  const quantized = await network.quantize();
  const [floats, file] = [await network.save(), await quantized.save()];
  const expected = await quantized.predict(x);
  const loaded = await loadNetwork(file, backend);
  expect(await loaded.predict(x)).toEqual(expected);
  expect(await loaded.save()).toEqual(file);
  expect(loaded.seed).toBe(1);
  expect(JSON.stringify(loaded.model)).toBe(JSON.stringify(model));
  const predictor = await loadPredictor(file, backend, { layers, int8 });
  expect(await predictor.predict(x)).toEqual(expected);
  await expect(loadPredictor(file, backend, { layers })).rejects.toThrow('not "I8"');
  const entries = explain(predictor).filter(({ kernel }) => kernel === 'int8');
  expect(entries.map(({ layer, implementation, reason }) => [layer, implementation, reason])).toEqual([
    ['0.embedding', 'composed', 'no kernel takes these weights as int8'],
    ['1.bidirectional', 'composed', 'the backend has no int8 kernels'],
    ['2.gru', 'composed', 'the backend has no int8 kernels'],
    ['3.dense', 'composed', 'the backend has no int8 kernels'],
  ]);
  for (const each of [network, quantized, loaded, predictor]) each.dispose();
  expect(backend.memory().tensors).toBe(0);
  expect(file.length / floats.length).toBeLessThan(0.5);

  const large = sequential([lstm({ units: 256 }), dense({ units: 1 })], { inputShape: [null, 4] }).on(
    backend,
  );
  const small = await large.quantize();
  expect((await small.save()).length / (await large.save()).length).toBeLessThan(0.27);
  large.dispose();
  small.dispose();
});

it('a graph, attention, convolutions and cells for long sequences are quantised too', async () => {
  const network = graph({ query: sequence(4) }, ({ query }) => {
    const forward = apply(bidirectional(minGru({ units: 2, returnSequences: true })), query);
    const states = apply(minLstm({ units: 4, returnSequences: true }), forward);
    const heads = apply(slstm({ units: 4, heads: 2, returnSequences: true }), states);
    const memory = apply(conv1d({ filters: 6, kernelSize: 2 }), heads);
    return { y: apply(attention({ heads: 2, units: 4 }), { query, memory }) };
  }).on(backend);
  const quantized = await network.quantize();
  expect([...(quantized.int8?.matrices.keys() ?? [])]).toHaveLength(10);
  const given = { query: [[1, 2, 3].map((t) => [t, 1, -t, 0.5])] };
  const [before, after] = [(await network.predict(given)).y, (await quantized.predict(given)).y];
  for (const [i, value] of (before as number[][][]).flat(2).entries())
    expect(Math.abs((after as number[][][]).flat(2)[i] - value)).toBeLessThan(0.01);
  const loaded = await loadNetwork<never>(await quantized.save(), backend);
  expect(await loaded.predict(given as never)).toEqual(await quantized.predict(given));
  for (const each of [network, quantized, loaded]) each.dispose();
});

it('says what a quantised network cannot do', async () => {
  const network = model.on(backend);
  const quantized = await network.quantize();
  const options = { loss: 'crossEntropy', optimizer: adam(), epochs: 1 } as const;
  expect(() => quantized.fit([{ x: [1], y: 0 }], options)).toThrow(UnsupportedError);
  expect(() => quantized.fit([{ x: [1], y: 0 }], options)).toThrow('load or train the float32 network');
  await expect(quantized.quantize()).rejects.toThrow(UnsupportedError);
  expect(() => quantized.setWeights({})).toThrow(UnsupportedError);
  await expect(quantized.warmUp({ train: true })).rejects.toThrow(UnsupportedError);
  const inspected = await quantized.inspect(x, { layer: 2 });
  expect(inspected.steps.output.shape).toEqual([4, 2, 5]);
  const others = await network.getWeights();
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const kernel = others['3.kernel'].data.map((w, i) => (i === 1 ? wrong : w));
    const weights = { ...others, '3.kernel': { ...others['3.kernel'], data: kernel } };
    network.setWeights(weights, { allowNonFinite: true });
    await expect(network.quantize()).rejects.toThrow(`quantize: 3.kernel[0,1] is ${wrong}`);
  }
  const plain = sequential([layerNorm()], { inputShape: [null, 3] }).on(backend);
  await expect(plain.quantize()).rejects.toThrow('no layer');
  for (const each of [network, quantized, plain]) each.dispose();
  expect(backend.memory().tensors).toBe(0);
});

it('refuses int8 weights in files and options that do not fit', async () => {
  const network = sequential([dense({ units: 2 })], { inputShape: [3] }).on(backend);
  const quantized = await network.quantize();
  const { tensors, metadata } = decodeTensors(await quantized.save(), types);
  const load = (changed: object) =>
    loadNetwork(encodeSafetensors({ ...tensors, ...changed }, metadata), backend);
  const refuses = (changed: object, message: string) =>
    expect(load(changed)).rejects.toThrow(expect.objectContaining({ name: 'FormatError', message }));
  const scales = (...data: number[]) => ({
    scales: { data: Float32Array.from(data), shape: [data.length] },
  });
  const contains = (text: string) => expect.stringContaining(text) as string;
  await refuses(scales(1), contains('need 2 numbers'));
  await refuses(scales(1, 1, 1), contains('need 2 numbers'));
  await refuses(scales(1, Number.NaN), contains('scale 1 is NaN'));
  await refuses(scales(1, Number.POSITIVE_INFINITY), contains('scale 1 is Infinity'));
  await refuses(scales(-1, 1), contains('scale 0 is -1'));
  await refuses(scales(3e38, 1), contains('finite'));
  await refuses({ '0.kernel': { data: new Int8Array(6), shape: [2, 3] } }, contains('must be [3,2]'));
  await refuses(
    { '0.bias': { data: new Int8Array(2), shape: [2] }, ...scales(1, 1, 1, 1) },
    contains('0.bias'),
  );
  const { scales: _, ...without } = tensors;
  const file = encodeSafetensors(without, metadata);
  await expect(loadNetwork(file, backend)).rejects.toThrow(
    'need 2 numbers in the tensor scales, which has 0',
  );

  const bias = { data: [0, 0], shape: [2] };
  const data = new Int8Array(6);
  const on = (kernel: object) => () =>
    network.model.on(backend, { weights: { '0.kernel': kernel as never, '0.bias': bias } });
  expect(on({ data, shape: [3, 2], scales: [1, 1] })).toThrow('Float32Array');
  expect(on({ data, shape: [3, 2], scales: Float32Array.of(1) })).toThrow('needs 2 scales, not 1');
  expect(on({ data: [...data], shape: [3, 2], scales: Float32Array.of(1, 1) })).toThrow('Int8Array');
  const made = on({ data: data.fill(2), shape: [3, 2], scales: Float32Array.of(0.5, 0.3) })();
  expect(await made.predict([[1, 1, 1]])).toEqual([[3, expect.closeTo(1.8, 6)]]);
  // These scales need more bits than bfloat16 has, and are saved as float32.
  const again = await loadNetwork(await made.save(), backend);
  expect(again.int8?.matrices).toEqual(made.int8?.matrices);
  for (const each of [network, quantized, made, again]) each.dispose();
});

it('many layers with int8 weights load in time', async () => {
  const layers = Array(2000).fill(dense({ units: 1 }));
  const network = sequential(layers, { inputShape: [1] }).on(backend);
  const quantized = await network.quantize();
  const file = await quantized.save();
  const began = process.cpuUsage();
  (await loadNetwork(file, backend)).dispose();
  expect(process.cpuUsage(began).user).toBeLessThan(4e6);
  network.dispose();
  quantized.dispose();
});
