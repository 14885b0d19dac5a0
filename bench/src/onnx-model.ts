/* A recurrent layer as an ONNX file: one node with its weights. Field numbers are those of onnx.proto3. */
import type { NDArray, Shape } from '@recurra/core';
import { reorderedGates, transposedGates } from './gates.js';
import type { Problem } from './problem.js';

/** ONNX has LSTM gates i o f c and GRU gates z r h. */
const operators = {
  rnn: { type: 'RNN', order: [0], attributes: {} },
  lstm: { type: 'LSTM', order: [0, 3, 1, 2], attributes: {} },
  gru: { type: 'GRU', order: [1, 0, 2], attributes: { linear_before_reset: 1 } },
};

const float = 1;
const intAttribute = 2;
const irVersion = 8;
const opset = 17;

/**
 * Inputs X [T, B, I], h and, for LSTM, c [1, B, H]; outputs Y [T, 1, B, H] and the final states, of the same names with
 * an apostrophe.
 */
export function onnxModel({ scenario, weights }: Problem): Uint8Array {
  const { T, B, I, H } = scenario.shape;
  const { type, order, attributes } = operators[scenario.cell];
  const G = order.length;
  const states = scenario.cell === 'lstm' ? ['h', 'c'] : ['h'];
  const bias = new Float32Array(2 * G * H);
  bias.set(reorderedGates(weights['0.bias'], order));
  if (weights['0.recurrentBias']) bias.set(reorderedGates(weights['0.recurrentBias'], order), G * H);

  const node = [
    ...['X', 'W', 'R', 'B', '', ...states].map((name) => text(1, name)),
    ...['Y', ...states.map((state) => `${state}'`)].map((name) => text(2, name)),
    text(4, type),
    ...Object.entries({ hidden_size: H, ...attributes }).map(([name, value]) =>
      message(5, [text(1, name), integer(3, value), integer(20, intAttribute)]),
    ),
  ];
  const graph = [
    message(1, node),
    text(2, 'graph'),
    initializer('W', { data: transposedGates(weights['0.kernel'], order), shape: [1, G * H, I] }),
    initializer('R', { data: transposedGates(weights['0.recurrentKernel'], order), shape: [1, G * H, H] }),
    initializer('B', { data: bias, shape: [1, 2 * G * H] }),
    value(11, 'X', [T, B, I]),
    ...states.map((state) => value(11, state, [1, B, H])),
    value(12, 'Y', [T, 1, B, H]),
    ...states.map((state) => value(12, `${state}'`, [1, B, H])),
  ];
  return Buffer.concat([
    integer(1, irVersion),
    message(7, graph),
    message(8, [text(1, ''), integer(2, opset)]),
  ]);
}

function initializer(name: string, { data, shape }: NDArray): Buffer {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return message(5, [
    ...shape.map((size) => integer(1, size)),
    integer(2, float),
    text(8, name),
    message(9, [raw]),
  ]);
}

function value(field: number, name: string, shape: Shape): Buffer {
  const dimensions = shape.map((size) => message(1, [integer(1, size)]));
  return message(field, [
    text(1, name),
    message(2, [message(1, [integer(1, float), message(2, dimensions)])]),
  ]);
}

/* Protocol Buffers' wire format. */

function integer(field: number, value: number): Buffer {
  return Buffer.from([...varint(field << 3), ...varint(value)]);
}

function text(field: number, value: string): Buffer {
  return message(field, [Buffer.from(value)]);
}

function message(field: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(body.length)]), body]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
