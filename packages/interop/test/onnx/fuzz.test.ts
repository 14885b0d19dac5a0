/* Damaged and hostile model files. */
import { create } from '@bufbuild/protobuf';
import { reference } from '@recurra/backend-reference';
import {
  type Backend,
  bidirectional,
  dense,
  embedding,
  FormatError,
  gru,
  lstm,
  type NDArray,
  RecurraError,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StringStringEntryProtoSchema, TensorProto_DataLocation } from '../../src/onnx/onnx_pb.js';
import { readOnnx } from '../../src/onnx/read.js';
import { writeOnnx } from '../../src/onnx/write/index.js';
import { encodeModel, node, port, tensor } from '../../src/onnx/write/proto.js';
import type { Port } from '../../src/ports.js';
import { survives } from '../fuzz.js';

let backend: Backend;
const files: Uint8Array[] = [];

beforeAll(async () => {
  backend = await reference();
  const models = [
    sequential(
      [embedding({ inputDim: 9, outputDim: 4 }), bidirectional(lstm({ units: 3 })), dense({ units: 2 })],
      {
        inputShape: [null],
      },
    ),
    sequential([gru({ units: 3, returnSequences: true }), gru({ units: 2, goBackwards: true })], {
      inputShape: [4, 2],
    }),
  ];
  for (const model of models) files.push(await writeOnnx(model.on(backend)));
  const shapes = encodeModel({
    opset: 13,
    inputs: [port('x', 'float32', [2, 3])],
    outputs: [port('y', 'float32')],
    initializers: [tensor('shape', 'int64', [2], [3, 2]), tensor('axes', 'int64', [1], [0])],
    nodes: [
      node('ConstantOfShape', ['shape'], ['zeros']),
      node('Reshape', ['x', 'shape'], ['turned']),
      node('Add', ['zeros', 'turned'], ['sum']),
      node('Unsqueeze', ['sum', 'axes'], ['wide']),
      node('Concat', ['wide', 'wide'], ['y'], { axis: 0 }),
    ],
  });
  files.push(shapes);
});
afterAll(() => backend.dispose());

test('5,000 mutated files quickly give models or typed errors, also when they run', {
  timeout: 300_000,
}, async () => {
  const held = backend.memory().tensors;
  await survives(files, 5000, async (file) => {
    const model = await readOnnx(file);
    const running = await model.on(backend);
    try {
      await running.run(Object.fromEntries(running.inputs.map(feed)));
    } finally {
      running.dispose();
    }
  });
  expect(backend.memory().tensors).toBe(held);
});

/** Small whole numbers for an input. */
function feed({ name, shape = [] }: Port): [string, NDArray] {
  const small = shape.map((size) => Math.min(size ?? 3, 50));
  return [name, { shape: small, data: Float64Array.from({ length: sizeOf(small) }, (_, i) => i % 5) }];
}

test('a file of empty messages is rejected before they are decoded', async () => {
  const parts = 500_000;
  const graph = new Uint8Array(2 * parts).map((_, i) => (i % 2 === 0 ? 0x0a : 0));
  const length = [(graph.length & 127) | 128, ((graph.length >> 7) & 127) | 128, graph.length >> 14];
  await expect(readOnnx(Uint8Array.from([0x3a, ...length, ...graph]))).rejects.toThrow(
    /messages in 10000\d\d bytes/,
  );
});

test('a small file that asks for much memory is rejected without allocation', async () => {
  const model = (shape: number[]) =>
    encodeModel({
      opset: 13,
      inputs: [],
      outputs: [port('y', 'float32')],
      initializers: [tensor('shape', 'int64', [shape.length], shape)],
      nodes: [node('ConstantOfShape', ['shape'], ['y'])],
    });
  const running = await (await readOnnx(model([2 ** 20, 2 ** 20]))).on(backend);
  await expect(running.run({})).rejects.toThrow(UnsupportedError);
  running.dispose();
});

test('external files are read from the model’s folder only, and must have the stated size', async () => {
  const model = (location: string, length = 8) => {
    const weights = tensor('w', 'float32', [2], []);
    weights.dataLocation = TensorProto_DataLocation.EXTERNAL;
    for (const [key, value] of Object.entries({ location, offset: '4', length: String(length) })) {
      weights.externalData.push(create(StringStringEntryProtoSchema, { key, value }));
    }
    return encodeModel({
      opset: 13,
      inputs: [],
      outputs: [port('y', 'float32')],
      initializers: [weights],
      nodes: [node('Identity', ['w'], ['y'])],
    });
  };
  const locations: string[] = [];
  const file = async (location: string) => {
    locations.push(location);
    return new Uint8Array(Float32Array.of(9, 1.5, 2.5).buffer);
  };
  const running = await (await readOnnx(model('more/weights.bin'), { file })).on(backend);
  expect((await running.run({})).y.data).toEqual(Float32Array.of(1.5, 2.5));
  running.dispose();
  await expect(readOnnx(model('weights.bin', 12), { file })).rejects.toThrow(FormatError);
  await expect(readOnnx(model('weights.bin', 4), { file })).rejects.toThrow(FormatError);
  await expect(readOnnx(model('weights.bin'))).rejects.toThrow(UnsupportedError);
  locations.length = 0;
  for (const location of ['../w', '/etc/passwd', 'a/../../w', 'C:\\w', 'file:///w', '', './w', 'a//w']) {
    await expect(readOnnx(model(location), { file }), location).rejects.toThrow(FormatError);
  }
  expect(locations).toEqual([]);
});

test.each([
  [
    '100,000 nodes',
    () => Array.from({ length: 1e5 }, (_, i) => node('Relu', [i ? `y${i - 1}` : 'x'], [`y${i}`])),
    1,
  ],
  ['a million dimensions', () => [node('Identity', ['w'], ['y0'])], 1e6],
  [
    'a permutation of a million axes',
    () => [node('Transpose', ['w'], ['y0'], { perm: Array.from({ length: 1e6 }, (_, i) => i) })],
    1,
  ],
])('%s quickly give a typed error', async (_, nodes, rank) => {
  const file = encodeModel({
    opset: 13,
    inputs: [port('x', 'float32', [1])],
    outputs: [port('y0', 'float32')],
    initializers: [tensor('w', 'float32', new Array(rank).fill(1), [1])],
    nodes: nodes(),
  });
  const before = process.cpuUsage();
  const error = await readOnnx(file)
    .then(async (model) => (await model.on(backend)).run({ x: { shape: [1], data: [1] } }))
    .catch((error: unknown) => error);
  const { user, system } = process.cpuUsage(before);
  expect(error).toBeInstanceOf(RecurraError);
  expect((error as Error).message.length).toBeLessThan(10_000);
  expect((user + system) / 1e6, 'seconds').toBeLessThan(12);
});
