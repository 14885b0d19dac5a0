/* Models of 8-bit weights, read and written, compared with onnxruntime. */
import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import {
  type AnyLayer,
  apply,
  type Backend,
  bahdanauDecoder,
  bidirectional,
  conv1d,
  DataError,
  dense,
  embedding,
  FormatError,
  graph,
  gru,
  lstm,
  type Model,
  rnn,
  ShapeError,
  sequence,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOnnx } from '../../src/onnx/read.js';
import { writeOnnx } from '../../src/onnx/write/index.js';
import {
  type AttributeValue,
  encodeModel,
  microsoft,
  node,
  port,
  tensor,
} from '../../src/onnx/write/proto.js';
import { expectClose, numbers, type OrtFeed, onnxruntime } from './support.js';

const backends: Backend[] = [];
beforeAll(async () => {
  backends.push(await cpu(), await reference());
});
afterAll(() => {
  expect(backends.map((backend) => backend.memory().tensors)).toEqual([0, 0]);
  for (const backend of backends) backend.dispose();
});

type Dtype = NonNullable<OrtFeed['dtype']>;

/** Random numbers of a type; whole numbers use its whole range, or ±`largest`. */
function random(dtype: Dtype, shape: number[], largest = 127): OrtFeed {
  const scale = dtype === 'float32' ? 2 : largest;
  const shift = dtype === 'uint8' ? 128 : 0;
  const data = numbers(sizeOf(shape), sizeOf(shape) + dtype.length).map((x) => x * scale + shift);
  return { dtype, shape, data: dtype === 'float32' ? data : data.map(Math.round) };
}

function exactly(dtype: Dtype, shape: number[], ...data: number[]): OrtFeed {
  return { dtype, shape, data: Float64Array.from(data) };
}

interface Case {
  readonly type: string;
  readonly domain?: string;
  readonly inputs: readonly (OrtFeed | undefined)[];
  readonly outputs?: readonly Dtype[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly opset?: number;
}

/** A model of one node. @param fed the inputs are fed; false: they are constants of the model */
function build({ type, domain, inputs, outputs = ['float32'], attributes, opset = 13 }: Case, fed: boolean) {
  const feeds = Object.fromEntries(inputs.flatMap((input, i) => (input ? [[`in${i}`, input] as const] : [])));
  const entries = Object.entries(feeds);
  const bytes = encodeModel({
    opset,
    inputs: fed ? entries.map(([name, { dtype = 'float32', shape }]) => port(name, dtype, shape)) : [],
    outputs: outputs.map((dtype, i) => port(`out${i}`, dtype)),
    initializers: fed
      ? []
      : entries.map(([name, { dtype = 'float32', shape, data }]) => tensor(name, dtype, shape, data)),
    nodes: [
      node(
        type,
        inputs.map((input, i) => (input ? `in${i}` : '')),
        outputs.map((_, i) => `out${i}`),
        attributes,
        domain,
      ),
    ],
  });
  return { bytes, feeds: fed ? feeds : {} };
}

async function compare(one: Case, tolerance: number): Promise<void> {
  for (const fed of [true, false]) {
    const { bytes, feeds } = build(one, fed);
    const expected = await onnxruntime(bytes, feeds);
    const model = await readOnnx(bytes);
    for (const backend of backends) {
      const running = await model.on(backend);
      const actual = await running.run(feeds);
      for (const name of Object.keys(expected))
        expectClose(actual[name], expected[name], `${one.type} on ${backend.name}: ${name}`, tolerance);
      running.dispose();
    }
  }
}

const halves = exactly('float32', [2, 5], -1.5, -0.5, 0.5, 1.5, 2.5, 300, -300, 0, 1e30, -7.25);
const scales = exactly('float32', [3], 0.5, 0.01, 2);
const nodes: Case[] = [
  { type: 'DequantizeLinear', inputs: [random('int8', [2, 3, 2]), exactly('float32', [], 0.02)] },
  {
    type: 'DequantizeLinear',
    inputs: [random('uint8', [2, 3, 2]), scales, exactly('uint8', [3], 0, 128, 255)],
  },
  {
    type: 'DequantizeLinear',
    inputs: [random('int8', [4, 3]), scales, exactly('int8', [3], 0, -5, 3)],
    attributes: { axis: -1 },
  },
  { type: 'DequantizeLinear', inputs: [random('int32', [3]), scales], attributes: { axis: 0 } },
  { type: 'DequantizeLinear', inputs: [random('int8', [4]), exactly('float32', [], 3)], opset: 10 },
  { type: 'QuantizeLinear', inputs: [halves, exactly('float32', [], 1)], outputs: ['uint8'] },
  {
    type: 'QuantizeLinear',
    inputs: [halves, exactly('float32', [2], 1, 0.1), exactly('int8', [2], 2, -3)],
    outputs: ['int8'],
    attributes: { axis: 0 },
  },
  ...[random('float32', [3, 4]), exactly('float32', [3], 2, 5, 3), exactly('float32', [2], 0, 0)].map(
    (x): Case => ({
      type: 'DynamicQuantizeLinear',
      inputs: [x],
      outputs: ['uint8', 'float32', 'uint8'],
    }),
  ),
  { type: 'MatMulInteger', inputs: [random('uint8', [2, 3]), random('uint8', [3, 4])], outputs: ['int32'] },
  {
    type: 'MatMulInteger',
    inputs: [
      random('uint8', [2, 3, 70]),
      random('int8', [70, 4], 60),
      exactly('uint8', [], 131),
      exactly('int8', [4], 0, 0, 0, 0),
    ],
    outputs: ['int32'],
  },
  {
    type: 'MatMulInteger',
    inputs: [random('uint8', [2, 1, 2, 3]), random('uint8', [4, 3, 2]), undefined, exactly('uint8', [1], 7)],
    outputs: ['int32'],
  },
];

test.each(nodes.map((one, i) => ({ one, name: `${one.type}, case ${i}` })))('$name', async ({ one }) => {
  await compare(one, one.outputs && one.outputs.length === 1 ? 0 : 1e-6);
});

/** A DynamicQuantizeLSTM node. @param perColumn one scale for each column; false: for each direction */
function quantizedLstm(dtype: 'int8' | 'uint8', perColumn: boolean, rest: boolean): Case {
  const [T, B, I, H, D] = [5, 3, 4, 6, 2];
  const shape = perColumn ? [D, 4 * H] : [D];
  const scale = (index: number): OrtFeed => {
    const data = numbers(sizeOf(shape), index).map((x) => 0.004 + 0.002 * x);
    return { dtype: 'float32', shape, data };
  };
  // Products with int8 weights saturate in onnxruntime on some processors, unless they use 7 bits.
  const largest = dtype === 'int8' ? 63 : 127;
  const zero = exactly(dtype, shape, ...new Array(sizeOf(shape)).fill(dtype === 'int8' ? 0 : 128));
  return {
    type: 'DynamicQuantizeLSTM',
    domain: microsoft,
    inputs: [
      random('float32', [T, B, I]),
      random(dtype, [D, I, 4 * H], largest),
      random(dtype, [D, H, 4 * H], largest),
      random('float32', [D, 8 * H]),
      rest ? exactly('int32', [B], 5, 2, 4) : undefined,
      rest ? random('float32', [D, B, H]) : undefined,
      rest ? random('float32', [D, B, H]) : undefined,
      rest ? random('float32', [D, 3 * H]) : undefined,
      ...[scale(1), zero, scale(2), zero],
    ],
    outputs: ['float32', 'float32', 'float32'],
    attributes: { hidden_size: H, direction: 'bidirectional' },
  };
}

test.each([
  { dtype: 'int8', perColumn: false, rest: true },
  { dtype: 'int8', perColumn: true, rest: false },
  { dtype: 'uint8', perColumn: false, rest: false },
  { dtype: 'uint8', perColumn: true, rest: true },
] as const)('DynamicQuantizeLSTM: $dtype, per column $perColumn, all inputs $rest', async (spec) => {
  await compare(quantizedLstm(spec.dtype, spec.perColumn, spec.rest), 2e-2);
});

const all = { returnSequences: true };
const chain = (...layers: AnyLayer[]) => sequential(layers, { inputShape: [null, 4] });
const attending = graph({ source: sequence(4), target: sequence(4) }, ({ source, target }) => {
  const shared = dense({ units: 4 });
  const decoder = bahdanauDecoder(gru({ units: 5, ...all }), { score: 'general' });
  return { y: apply(decoder, { input: apply(shared, target), memory: apply(shared, source) }) };
});

/** The tolerances: with DynamicQuantizeLSTM, onnxruntime also rounds x and h to 8 bits. */
const written: Record<string, readonly [model: Model, tolerance: number]> = {
  lstm: [
    chain(bidirectional(lstm({ units: 8, ...all })), lstm({ units: 6, clip: 2, peepholes: true, ...all })),
    2e-2,
  ],
  'lstm backwards': [chain(lstm({ units: 8, goBackwards: true, bias: false, ...all })), 2e-2],
  'lstm with a projection, in a Scan': [chain(lstm({ units: 8, projection: 5 }), dense({ units: 3 })), 1e-5],
  'gru, rnn, dense': [
    chain(gru({ units: 8, ...all }), gru({ units: 5, resetAfter: false, ...all }), rnn({ units: 4 })),
    1e-5,
  ],
  embedding: [
    sequential([embedding({ inputDim: 20, outputDim: 4 }), gru({ units: 3 })], { inputShape: [null] }),
    1e-5,
  ],
  'conv1d, which is written in float32': [
    chain(conv1d({ filters: 6, kernelSize: 3 }), rnn({ units: 7 })),
    1e-5,
  ],
  'shared weights, and a decoder with attention, in a Scan': [attending as unknown as Model, 1e-5],
};

test.each(Object.entries(written))('written: %s', async (name, [model, tolerance]) => {
  const [own] = backends.slice(1);
  const network = model.on(own, { seed: 1 });
  const quantized = await network.quantize();
  const feeds = Object.fromEntries(
    Object.entries(model.inputs).map(([input, { shape }]): [string, OrtFeed] => {
      const tokens = Float64Array.from({ length: 15 }, (_, i) => (i * 7) % 20);
      return [
        input,
        shape.kind === 'tokens'
          ? { dtype: 'int64', shape: [3, 5], data: tokens }
          : random('float32', [3, 5, 4]),
      ];
    }),
  );
  const batch = model.isChain ? Object.values(feeds)[0] : feeds;
  const { outputs } = await quantized.predictAll(batch as never);
  const [expected] = Object.values(outputs);
  const bytes = await writeOnnx(quantized);
  const [fromOrt] = Object.values(await onnxruntime(bytes, feeds, 'basic'));
  expectClose(fromOrt, expected, 'onnxruntime', tolerance);
  if (!name.includes('Scan')) {
    const running = await (await readOnnx(bytes)).on(own);
    expectClose(Object.values(await running.run(feeds))[0], expected, 'read again', 1e-6);
    running.dispose();
  }
  network.dispose();
  quantized.dispose();
});

test('the file of a quantised network has about a quarter of the size', async () => {
  const model = chain(lstm({ units: 128, ...all }), gru({ units: 128, ...all }), dense({ units: 128 }));
  const network = model.on(backends[1]);
  const quantized = await network.quantize();
  const [floats, int8] = [await writeOnnx(network), await writeOnnx(quantized)];
  expect(int8.length / floats.length).toBeLessThan(0.28);
  network.dispose();
  quantized.dispose();
});

const lstmNode = quantizedLstm('int8', true, false);
const withInput = (one: Case, index: number, input: OrtFeed | undefined): Case => ({
  ...one,
  inputs: one.inputs.map((own, i) => (i === index ? input : own)),
});
const x = random('float32', [2, 4]);

test.each<[string, Case, new (...args: never[]) => Error]>([
  ['float weights', withInput(lstmNode, 1, random('float32', [2, 4, 24])), FormatError],
  ['weights of another shape', withInput(lstmNode, 2, random('int8', [2, 24, 6])), ShapeError],
  ['no scale', withInput(lstmNode, 8, undefined), FormatError],
  ['a scale of another shape', withInput(lstmNode, 10, random('float32', [2, 6])), ShapeError],
  ['a zero point of another type', withInput(lstmNode, 9, random('uint8', [2, 24])), FormatError],
  ['an infinite scale', withInput(lstmNode, 8, exactly('float32', [2], 1, Infinity)), FormatError],
  ['an operator of another domain', { ...lstmNode, domain: '' }, UnsupportedError],
  ['an unknown domain', { ...lstmNode, domain: 'com.example' }, UnsupportedError],
  ['a name of Object', { ...lstmNode, domain: '__proto__', type: 'toString' }, UnsupportedError],
  ['blocks', { ...nodes[0], attributes: { block_size: 2 } }, UnsupportedError],
  ['no such axis', { ...nodes[2], attributes: { axis: 2 } }, FormatError],
  ['scales that do not fit', withInput(nodes[1], 1, random('float32', [4])), ShapeError],
  ['a scale with two axes', withInput(nodes[1], 1, random('float32', [1, 3])), ShapeError],
  ['floats to expand', withInput(nodes[0], 0, x), FormatError],
  [
    'NaN to round',
    { type: 'QuantizeLinear', inputs: [exactly('float32', [1], 0), exactly('float32', [], 0)] },
    DataError,
  ],
  [
    'a type to round to',
    { type: 'QuantizeLinear', inputs: [x, exactly('float32', [], 1), exactly('int32', [], 1)] },
    FormatError,
  ],
  ['a product of floats', { type: 'MatMulInteger', inputs: [x, random('float32', [4, 2])] }, FormatError],
  [
    'sizes of a product',
    { type: 'MatMulInteger', inputs: [random('int8', [2, 3]), random('int8', [2, 3])] },
    FormatError,
  ],
  [
    'zero points of a product',
    {
      type: 'MatMulInteger',
      inputs: [random('int8', [2, 3]), random('int8', [3, 5]), undefined, random('int8', [4])],
    },
    ShapeError,
  ],
])('refused: %s', async (_, one, error) => {
  for (const fed of [true, false]) {
    const { bytes, feeds } = build(one, fed && one.inputs.every((input) => input?.data[1] !== Infinity));
    const run = async () => {
      const running = await (await readOnnx(bytes)).on(backends[1]);
      try {
        await running.run(feeds);
      } finally {
        running.dispose();
      }
    };
    await expect(run()).rejects.toThrow(error);
  }
});
