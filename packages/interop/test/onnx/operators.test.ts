/* The operators other than recurrent nodes, in models of one node, compared with onnxruntime. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import { type Backend, FormatError, UnsupportedError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type GraphProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from '../../src/onnx/onnx_pb.js';
import { readOnnx } from '../../src/onnx/read.js';
import { readTensor } from '../../src/onnx/tensor-proto.js';
import { type AttributeValue, encodeModel, node, port, tensor } from '../../src/onnx/write/proto.js';
import { expectClose, numbers, type OrtFeed, onnxruntime } from './support.js';

const backends: Backend[] = [];
beforeAll(async () => {
  backends.push(await cpu(), await reference());
});
afterAll(() => {
  expect(backends.map((backend) => backend.memory().tensors)).toEqual([0, 0]);
  for (const backend of backends) backend.dispose();
});

type Given = OrtFeed | number[] | undefined;

/** Random numbers. */
function x(...shape: number[]): OrtFeed {
  return { shape, data: numbers(sizeOf(shape), shape.length + 1) };
}

function whole(dtype: 'int32' | 'int64' | 'bool', shape: number[], ...values: number[]): OrtFeed {
  return { dtype, shape, data: Float64Array.from(values) };
}

interface Case {
  readonly type: string;
  readonly opset?: number;
  /** A list is a constant int64 vector of the model. */
  readonly inputs: readonly Given[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly outputs?: number;
  /** The types of the outputs. */
  readonly dtype?: 'float32' | 'int32' | 'int64' | 'bool';
}

const cases: Case[] = [
  { type: 'Gemm', inputs: [x(2, 3), x(3, 4), x(4)] },
  {
    type: 'Gemm',
    inputs: [x(3, 2), x(4, 3), x(2, 1)],
    attributes: { transA: 1, transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
  },
  { type: 'Gemm', opset: 11, inputs: [x(2, 3), x(3, 4)] },
  { type: 'MatMul', inputs: [x(2, 3), x(3, 4)] },
  { type: 'MatMul', inputs: [x(5, 2, 3), x(3, 4)] },
  { type: 'MatMul', inputs: [x(2, 5, 2, 3), x(5, 3, 4)] },
  { type: 'MatMul', inputs: [x(2, 1, 2, 3), x(1, 5, 3, 4)] },
  { type: 'MatMul', inputs: [x(3), x(3, 4)] },
  { type: 'MatMul', inputs: [x(2, 4, 3), x(3)] },
  { type: 'MatMul', inputs: [x(3), x(3)] },
  ...['Add', 'Sub', 'Mul', 'Div'].flatMap((type): Case[] => [
    { type, inputs: [x(2, 3, 4), x(3, 1)] },
    { type, opset: 7, inputs: [x(4), x()] },
    { type, inputs: [whole('int64', [3], 7, -7, 2 ** 40), whole('int64', [1], 2)], dtype: 'int64' },
    { type, inputs: [whole('int32', [2, 2], 9, -9, 5, 2 ** 30), whole('int32', [2], 4, 3)], dtype: 'int32' },
  ]),
  ...[
    'Sigmoid',
    'Tanh',
    'Relu',
    'Softplus',
    'Softsign',
    'Exp',
    'Elu',
    'Selu',
    'LeakyRelu',
    'ThresholdedRelu',
    'HardSigmoid',
    'Identity',
  ].map((type): Case => ({ type, opset: 14, inputs: [x(2, 7)] })),
  { type: 'HardSigmoid', inputs: [x(2, 7)], attributes: { alpha: { float: 0.7 }, beta: { float: 0.1 } } },
  ...['Softmax', 'LogSoftmax'].flatMap((type): Case[] => [
    { type, inputs: [x(2, 3, 4)] },
    { type, inputs: [x(2, 3, 4)], attributes: { axis: 1 } },
    { type, inputs: [x(2, 3, 4)], attributes: { axis: -3 } },
    { type, opset: 11, inputs: [x(2, 3, 4)] },
    { type, opset: 9, inputs: [x(2, 3, 4)], attributes: { axis: 2 } },
  ]),
  { type: 'Transpose', inputs: [x(2, 3, 4)] },
  { type: 'Transpose', inputs: [x(2, 3, 4, 5)], attributes: { perm: [2, 0, 3, 1] } },
  { type: 'Transpose', inputs: [x(2, 3, 1, 2, 2)], attributes: { perm: [4, 2, 0, 3, 1] } },
  { type: 'Transpose', inputs: [whole('int64', [2, 3], 1, 2, 3, 4, 5, 6)], dtype: 'int64' },
  { type: 'Squeeze', inputs: [x(1, 3, 1)] },
  { type: 'Squeeze', inputs: [x(1, 3, 1), [-1]] },
  { type: 'Squeeze', opset: 11, inputs: [x(1, 3, 1)], attributes: { axes: [0] } },
  { type: 'Unsqueeze', inputs: [x(3), [0, -1]] },
  { type: 'Unsqueeze', opset: 9, inputs: [x(3)], attributes: { axes: [1] } },
  { type: 'Reshape', inputs: [x(2, 3, 4), [0, -1]] },
  { type: 'Reshape', inputs: [x(2, 3, 4), [4, 3, 2]] },
  { type: 'Reshape', inputs: [x(2, 6), [1, 2, 1, 3, 2]] },
  { type: 'Reshape', opset: 14, inputs: [x(0, 3), [3, 0]], attributes: { allowzero: 1 } },
  { type: 'Concat', inputs: [x(2, 3), x(2, 1), x(2, 2)], attributes: { axis: 1 } },
  { type: 'Concat', inputs: [whole('int64', [2], 1, 2), [7]], attributes: { axis: -1 }, dtype: 'int64' },
  { type: 'Slice', inputs: [x(4, 5, 6), [1, -3], [3, 100], [0, 2]] },
  { type: 'Slice', inputs: [x(4, 5, 6), [-1, 0], [-100, 5], [1, 2], [-2, 3]] },
  {
    type: 'Slice',
    inputs: [whole('int64', [5], 1, 2, 3, 4, 5), [3], [Number.MIN_SAFE_INTEGER], [0], [-1]],
    dtype: 'int64',
  },
  { type: 'Slice', opset: 9, inputs: [x(4, 5)], attributes: { starts: [1], ends: [-1], axes: [1] } },
  { type: 'Slice', inputs: [x(4, 5), [9], [20], [0]] },
  { type: 'Split', inputs: [x(2, 6)], attributes: { axis: 1, num_outputs: 3 }, opset: 18, outputs: 3 },
  { type: 'Split', inputs: [x(7, 2)], attributes: { num_outputs: 3 }, opset: 18, outputs: 3 },
  { type: 'Split', inputs: [x(2, 6), [1, 5]], attributes: { axis: -1 }, outputs: 2 },
  { type: 'Split', opset: 11, inputs: [x(2, 6)], attributes: { axis: 1, split: [2, 4] }, outputs: 2 },
  { type: 'Split', opset: 11, inputs: [x(6)], outputs: 2 },
  { type: 'Gather', inputs: [x(5, 3), whole('int64', [2, 2], 4, 0, -1, 2)] },
  { type: 'Gather', inputs: [x(2, 5, 3), whole('int32', [2], 3, -5)], attributes: { axis: 1 } },
  { type: 'Gather', inputs: [x(4, 5), whole('int64', [], 3)], attributes: { axis: -1 } },
  { type: 'Gather', inputs: [whole('int64', [3], 7, 8, 9), whole('int64', [], 1)], dtype: 'int64' },
  { type: 'Shape', inputs: [x(2, 3, 4)], dtype: 'int64' },
  { type: 'Shape', opset: 15, inputs: [x(2, 3, 4)], attributes: { start: -2, end: 3 }, dtype: 'int64' },
  { type: 'Constant', inputs: [], attributes: { value: tensor('', 'float32', [2, 2], [1, 2, 3, 4]) } },
  { type: 'Constant', opset: 12, inputs: [], attributes: { value_floats: { floats: [0.5, 2] } } },
  { type: 'Constant', opset: 12, inputs: [], attributes: { value_int: 5 }, dtype: 'int64' },
  { type: 'ConstantOfShape', inputs: [[2, 3]] },
  {
    type: 'ConstantOfShape',
    inputs: [[2]],
    attributes: { value: tensor('', 'int64', [1], [9]) },
    dtype: 'int64',
  },
  { type: 'Cast', inputs: [x(2, 3)], attributes: { to: 1 } },
  { type: 'Cast', inputs: [whole('int64', [3], -5, 0, 7)], attributes: { to: 1 } },
  {
    type: 'Cast',
    inputs: [{ shape: [4], data: Float32Array.of(-1.7, 2.9, 0, 1e9) }],
    attributes: { to: 7 },
    dtype: 'int64',
  },
  { type: 'Cast', inputs: [whole('int64', [3], 2 ** 33 + 5, 0, -7)], attributes: { to: 6 }, dtype: 'int32' },
  {
    type: 'Cast',
    inputs: [{ shape: [3], data: Float32Array.of(-1.7, 0, 0.2) }],
    attributes: { to: 9 },
    dtype: 'bool',
  },
  { type: 'Expand', inputs: [x(3, 1), [2, 1, 4]] },
  { type: 'Expand', inputs: [whole('int64', [1], 7), [3]], dtype: 'int64' },
  { type: 'Flatten', inputs: [x(2, 3, 4)] },
  { type: 'Flatten', inputs: [x(2, 3, 4)], attributes: { axis: 0 } },
  { type: 'Flatten', inputs: [x(2, 3, 4)], attributes: { axis: -1 } },
  { type: 'Dropout', inputs: [x(2, 3)] },
  { type: 'Dropout', opset: 7, inputs: [x(2, 3)], attributes: { ratio: { float: 0.4 } } },
  { type: 'ReduceMean', inputs: [x(2, 3, 4)] },
  { type: 'ReduceMean', inputs: [x(2, 3, 4)], attributes: { axes: [1, -1], keepdims: 0 } },
  { type: 'ReduceMean', opset: 18, inputs: [x(2, 3, 4), [0]] },
  { type: 'ReduceSum', inputs: [x(2, 3, 4), [-2]], attributes: { keepdims: 0 } },
  { type: 'ReduceMax', inputs: [x(2, 3, 4)], attributes: { axes: [0, 2] } },
  { type: 'ReduceMean', opset: 18, inputs: [x(2, 3)], attributes: { noop_with_empty_axes: 1 } },
  ...(['int64', 'int32'] as const).flatMap((dtype) =>
    ['ReduceSum', 'ReduceMax', 'ReduceMean'].map(
      (type): Case => ({
        type,
        dtype,
        opset: 18,
        inputs: [whole(dtype, [2, 3], 5, -9, 3, 2 ** 20, -7, 2), [-1]],
        attributes: { keepdims: 0 },
      }),
    ),
  ),
  { type: 'LayerNormalization', opset: 17, inputs: [x(2, 3, 4), x(4), x(4)] },
  {
    type: 'LayerNormalization',
    opset: 17,
    inputs: [x(2, 3, 4), x(3, 4)],
    attributes: { axis: 1, epsilon: { float: 0.01 } },
    outputs: 3,
  },
  ...['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'].flatMap((type): Case[] => [
    { type, inputs: [whole('int64', [2, 2], 1, 5, -3, 4), whole('int64', [2], 1, 4)], dtype: 'bool' },
    { type, inputs: [x(2, 3), x(1, 3)], dtype: 'bool' },
  ]),
  ...['And', 'Or', 'Xor'].map(
    (type): Case => ({
      type,
      inputs: [whole('bool', [2, 2], 0, 1, 0, 1), whole('bool', [2, 1], 1, 0)],
      dtype: 'bool',
    }),
  ),
  { type: 'Not', inputs: [whole('bool', [3], 0, 1, 0)], dtype: 'bool' },
  { type: 'Where', inputs: [whole('bool', [2, 1], 0, 1), x(2, 3), x(3)] },
  { type: 'Where', inputs: [whole('bool', [2], 0, 1), whole('int64', [2], 1, 2), [7]], dtype: 'int64' },
  { type: 'Where', inputs: [whole('bool', [1, 2, 1, 1, 1], 0, 1), x(1, 1, 2, 1, 3), x(3)] },
  ...['Sqrt', 'Log'].map((type): Case => ({ type, inputs: [{ shape: [2, 2], data: [0.3, 2, 9, 0.01] }] })),
  { type: 'Reciprocal', inputs: [x(2, 3)] },
  { type: 'Erf', inputs: [{ shape: [6], data: [-3.5, -0.4, 0, 1.2, 2.6, 7] }] },
  { type: 'Gelu', opset: 20, inputs: [x(3, 4)] },
  { type: 'Gelu', opset: 20, inputs: [x(3, 4)], attributes: { approximate: 'tanh' } },
  ...['Neg', 'Abs'].flatMap((type): Case[] => [
    { type, inputs: [x(2, 3)] },
    { type, inputs: [whole('int64', [3], 4, -5, 0)], dtype: 'int64' },
  ]),
  ...['Max', 'Min'].flatMap((type): Case[] => [
    { type, inputs: [x(2, 3), x(3), x(2, 1)] },
    { type, inputs: [whole('int64', [2], 4, -5), whole('int64', [1], 1)], dtype: 'int64' },
  ]),
  { type: 'Sum', inputs: [x(2, 3), x(3), x(2, 1)] },
  { type: 'Pow', inputs: [x(2, 3), { shape: [], data: [2] }] },
  { type: 'Pow', inputs: [whole('int64', [2], 3, -2), whole('int64', [1], 3)], dtype: 'int64' },
  {
    type: 'Mod',
    inputs: [whole('int64', [4], 7, -7, 7, -7), whole('int64', [4], 3, 3, -3, -3)],
    dtype: 'int64',
  },
  { type: 'Mod', inputs: [whole('int64', [2], 7, -7), [3]], attributes: { fmod: 1 }, dtype: 'int64' },
  { type: 'Mod', inputs: [x(2, 3), x(3)], attributes: { fmod: 1 } },
  { type: 'Clip', inputs: [x(2, 3), { shape: [], data: [-0.3] }, { shape: [], data: [0.2] }] },
  { type: 'Clip', inputs: [x(2, 3), undefined, { shape: [], data: [0.2] }] },
  { type: 'Clip', opset: 9, inputs: [x(2, 3)], attributes: { min: { float: 0 } } },
  {
    type: 'Range',
    inputs: [whole('int64', [], 2), whole('int64', [], 9), whole('int64', [], 3)],
    dtype: 'int64',
  },
  { type: 'Tile', inputs: [x(2, 3), [2, 1]] },
  { type: 'Tile', inputs: [whole('int64', [2], 1, 2), [3]], dtype: 'int64' },
  { type: 'Pad', inputs: [x(2, 3), [1, 0, 0, 2]] },
  { type: 'Pad', inputs: [x(2, 3), [0, -1, 1, 1], { shape: [], data: [0.5] }] },
  { type: 'Pad', inputs: [x(2, 3), [0, 2, 0, 1]], attributes: { mode: 'reflect' } },
  { type: 'Pad', inputs: [x(2, 3), [1, 2, 3, 0]], attributes: { mode: 'edge' } },
  { type: 'Pad', opset: 9, inputs: [x(2, 3)], attributes: { pads: [0, 1, 0, 0], value: { float: 2 } } },
  { type: 'ReverseSequence', inputs: [x(4, 3, 2), whole('int64', [3], 4, 1, 2)] },
  {
    type: 'ReverseSequence',
    inputs: [x(3, 4), whole('int64', [3], 4, 1, 2)],
    attributes: { batch_axis: 0, time_axis: 1 },
  },
  { type: 'GatherElements', inputs: [x(3, 4), whole('int64', [2, 4], 0, 2, 1, -1, 2, 1, 0, 0)] },
  { type: 'GatherElements', inputs: [x(2, 3), whole('int64', [2, 2], 0, 2, 1, 1)], attributes: { axis: 1 } },
  ...['ArgMax', 'ArgMin'].flatMap((type): Case[] => [
    { type, inputs: [x(3, 4)], dtype: 'int64' },
    { type, inputs: [x(2, 3, 2)], attributes: { axis: -2, keepdims: 0 }, dtype: 'int64' },
    {
      type,
      inputs: [whole('int64', [4], 1, 5, 5, 1)],
      attributes: { select_last_index: 1 },
      dtype: 'int64',
    },
  ]),
  { type: 'TopK', inputs: [x(3, 5), [2]], outputs: 2 },
  { type: 'TopK', inputs: [x(4, 3), [2]], attributes: { axis: 0, largest: 0 }, outputs: 2 },
  { type: 'Conv', inputs: [x(2, 3, 7), x(4, 3, 3), x(4)], attributes: { pads: [1, 2], strides: [2] } },
  { type: 'Conv', inputs: [x(2, 4, 7), x(6, 2, 2)], attributes: { group: 2, dilations: [3] } },
  { type: 'Conv', inputs: [x(2, 3, 6, 5), x(4, 3, 3, 2), x(4)], attributes: { pads: [1, 0, 2, 1] } },
  ...['SAME_UPPER', 'SAME_LOWER', 'VALID'].flatMap((auto_pad): Case[] => [
    { type: 'Conv', inputs: [x(1, 2, 6, 5), x(2, 2, 2, 3)], attributes: { auto_pad, strides: [2, 1] } },
    {
      type: 'MaxPool',
      inputs: [x(1, 2, 6, 5)],
      attributes: { auto_pad, kernel_shape: [2, 3], strides: [1, 2] },
    },
    { type: 'AveragePool', inputs: [x(2, 1, 7)], attributes: { auto_pad, kernel_shape: [4], strides: [2] } },
  ]),
  {
    type: 'MaxPool',
    inputs: [x(2, 3, 7, 6)],
    attributes: { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 1, 1, 0], ceil_mode: 1 },
  },
  { type: 'MaxPool', inputs: [x(2, 3, 9)], attributes: { kernel_shape: [3], dilations: [2] } },
  {
    type: 'AveragePool',
    inputs: [x(2, 3, 7, 6)],
    attributes: { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 1, 1, 0], count_include_pad: 1 },
  },
  {
    type: 'AveragePool',
    inputs: [x(2, 3, 7)],
    attributes: { kernel_shape: [3], strides: [2], pads: [1, 0], ceil_mode: 1 },
  },
  { type: 'GlobalAveragePool', inputs: [x(2, 3, 4, 5)] },
  { type: 'GlobalMaxPool', inputs: [x(2, 3, 5)] },
  {
    type: 'BatchNormalization',
    opset: 15,
    inputs: [x(2, 3, 4), x(3), x(3), x(3), { shape: [3], data: [0.4, 1.2, 2] }],
    attributes: { epsilon: { float: 0.01 } },
  },
  { type: 'BatchNormalization', inputs: [x(5, 2), x(2), x(2), x(2), { shape: [2], data: [0.4, 1.2] }] },
];

function build(
  { type, opset = 13, inputs, attributes = {}, outputs = 1, dtype = 'float32' }: Case,
  fed: boolean,
) {
  const named = inputs.map((input, i) => [input && `in${i}`, input] as const);
  const feeds = named.flatMap(([name, input]) =>
    name && input && !Array.isArray(input) ? [[name, input] as const] : [],
  );
  const lists = named.flatMap(([name, input]) =>
    name && Array.isArray(input) ? [[name, input] as const] : [],
  );
  const names = Array.from({ length: outputs }, (_, i) => `out${i}`);
  const bytes = encodeModel({
    opset,
    inputs: fed ? feeds.map(([name, { dtype = 'float32', shape }]) => port(name, dtype, shape)) : [],
    outputs: names
      // The second of TopK are indices.
      .map((name, i) => port(name, type === 'TopK' && i === 1 ? 'int64' : dtype, []))
      .map((info) => ({ ...info, type: untyped(info.type) })),
    initializers: [
      ...(fed
        ? []
        : feeds.map(([name, { dtype = 'float32', shape, data }]) => tensor(name, dtype, shape, data))),
      ...lists.map(([name, list]) => tensor(name, 'int64', [list.length], list)),
    ],
    nodes: [
      node(
        type,
        named.map(([name]) => name ?? ''),
        names,
        attributes,
      ),
    ],
  });
  return { bytes, feeds: fed ? Object.fromEntries(feeds) : {} };
}

/** Without a shape, because the test checks the inferred one. */
function untyped(type: ReturnType<typeof port>['type']): ReturnType<typeof port>['type'] {
  if (type?.value.case === 'tensorType') type.value.value.shape = undefined;
  return type;
}

test.each(cases.map((one, i) => ({ one, name: `${one.type} of opset ${one.opset ?? 13}, case ${i}` })))(
  '$name',
  async ({ one }) => {
    for (const fed of [true, false]) {
      const { bytes, feeds } = build(one, fed);
      const expected = await onnxruntime(bytes, feeds);
      const model = await readOnnx(bytes);
      for (const backend of backends) {
        const running = await model.on(backend);
        const actual = await running.run(feeds);
        for (const name of Object.keys(expected))
          expectClose(actual[name], expected[name], `${backend.name} ${name}`);
        running.dispose();
      }
    }
  },
);

const floatTypes = { float64: 'DOUBLE', float16: 'FLOAT16', bfloat16: 'BFLOAT16' } as const;

/**
 * The case with its floating-point numbers in another type, stored in `raw_data` or in the field of that
 * type, and with a sum after the node.
 */
function retyped(one: Case, type: keyof typeof floatTypes, raw: boolean) {
  const { bytes, feeds } = build({ ...one, outputs: 1 }, true);
  const model = fromBinary(ModelProtoSchema, bytes);
  const graph = model.graph as GraphProto;
  const dataType = TensorProto_DataType[floatTypes[type]];
  for (const info of [...graph.input, ...graph.output]) {
    const port = info.type?.value;
    if (port?.case === 'tensorType' && port.value.elemType === TensorProto_DataType.FLOAT) {
      port.value.elemType = dataType;
    }
  }
  for (const made of graph.node[0].attribute) {
    if (made.t) made.t = constant('', made.t.dims.map(Number), readTensor(made.t, '').data);
  }
  graph.initializer.push(constant('quarter', [], [0.25]));
  graph.output[0].name = 'sum';
  graph.node.push(node('Add', ['out0', 'quarter'], ['sum']));
  return { bytes: toBinary(ModelProtoSchema, model), feeds };

  function constant(name: string, shape: number[], values: ArrayLike<number | bigint>): TensorProto {
    const data = Array.from(values, Number);
    const bits = data.map((x) => (type === 'bfloat16' ? bfloat16(x) : float16(x)));
    const numbers = type === 'float64' ? Float64Array.from(data) : Uint16Array.from(bits);
    const field = type === 'float64' ? { doubleData: data } : { int32Data: bits };
    const content = raw ? { rawData: new Uint8Array(numbers.buffer) } : field;
    return create(TensorProtoSchema, { name, dims: shape.map(BigInt), dataType, ...content });
  }
}

/** The bits of numbers that are exact in the types. */
function bfloat16(x: number): number {
  return new Uint16Array(Float32Array.of(x).buffer)[1];
}
function float16(x: number): number {
  if (x === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  return (x < 0 ? 0x8000 : 0) + ((exponent + 15) << 10) + (Math.abs(x) / 2 ** exponent - 1) * 1024;
}

const isFloatCase = ({ inputs, dtype = 'float32', type, attributes }: Case) =>
  dtype === 'float32' &&
  !['Cast', 'Constant', 'ConstantOfShape', 'TopK'].includes(type) &&
  attributes?.noop_with_empty_axes === undefined &&
  // The sum is computed in up to four dimensions.
  !inputs.some((input) => Array.isArray(input) && input.length > 4) &&
  !inputs.some((input) => input && !Array.isArray(input) && input.shape.length > 4) &&
  inputs.some((input) => input && !Array.isArray(input) && input.dtype === undefined);

test.each(cases.flatMap((one, i) => (isFloatCase(one) ? [{ one, name: `${one.type}, case ${i}` }] : [])))(
  '$name in each floating-point type, and the result has the same type',
  async ({ one }) => {
    const backend = backends[1];
    const { bytes, feeds } = build({ ...one, outputs: 1 }, true);
    const plain = await (await readOnnx(bytes)).on(backend);
    const { out0 } = await plain.run(feeds);
    plain.dispose();
    const expected = { ...out0, data: Float64Array.from(out0.data, (x) => x + 0.25) };
    for (const type of Object.keys(floatTypes) as (keyof typeof floatTypes)[]) {
      for (const raw of [true, false]) {
        const other = retyped(one, type, raw);
        const running = await (await readOnnx(other.bytes)).on(backend);
        expectClose((await running.run(other.feeds)).sum, expected, `${type}, raw: ${raw}`);
        running.dispose();
      }
    }
  },
);

test('every unsupported node is named, in one error', async () => {
  const bytes = encodeModel({
    opset: 13,
    inputs: [port('x', 'float32', [2])],
    outputs: [port('c', 'float32', [2])],
    initializers: [create(TensorProtoSchema, { name: 'text', dataType: TensorProto_DataType.STRING })],
    nodes: [
      node('Sin', ['x'], ['a']),
      node('Tanh', ['a'], ['b']),
      node('Loop', ['b'], ['c']),
      node('LSTM', ['x', 'x', 'x'], ['d'], { direction: 'sideways' }),
    ],
  });
  const error = await readOnnx(bytes).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(UnsupportedError);
  expect((error as Error).message).toMatch(/"a" \(Sin\).*"c" \(Loop\).*"d" \(LSTM\).*sideways/s);
  expect((error as Error).message).not.toContain('Tanh');
});

test('a node with an undefined input gives a FormatError', async () => {
  const bytes = encodeModel({
    opset: 13,
    inputs: [],
    outputs: [port('b', 'float32', [2])],
    initializers: [],
    nodes: [node('Tanh', ['a'], ['b'])],
  });
  await expect(readOnnx(bytes)).rejects.toThrow(FormatError);
});
