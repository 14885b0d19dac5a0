/* A recurrent layer as an ONNX file: one node with its weights. Field numbers are those of onnx.proto3. */
import type { NDArray, Shape } from '@recurra/core';
import { reorderedGates, transposedGates } from './gates.js';
import type { Problem } from './problem.js';

/** ONNX has LSTM gates i o f c and GRU gates z r h. */
const operators = {
  rnn: { type: 'RNN', order: [0] },
  lstm: { type: 'LSTM', order: [0, 3, 1, 2] },
  gru: { type: 'GRU', order: [1, 0, 2] },
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
  const { cell, resetAfter = true } = scenario;
  const { type, order } = operators[cell];
  const attributes = cell === 'gru' && { linear_before_reset: resetAfter ? 1 : 0 };
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
  return concat([integer(1, irVersion), message(7, graph), message(8, [text(1, ''), integer(2, opset)])]);
}

function initializer(name: string, { data, shape }: NDArray): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(5, [
    ...shape.map((size) => integer(1, size)),
    integer(2, float),
    text(8, name),
    message(9, [raw]),
  ]);
}

function value(field: number, name: string, shape: Shape): Uint8Array {
  const dimensions = shape.map((size) => message(1, [integer(1, size)]));
  return message(field, [
    text(1, name),
    message(2, [message(1, [integer(1, float), message(2, dimensions)])]),
  ]);
}

/* Protocol Buffers' wire format. */

function integer(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

function text(field: number, value: string): Uint8Array {
  return message(field, [new TextEncoder().encode(value)]);
}

function message(field: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(parts);
  return concat([Uint8Array.from([...varint((field << 3) | 2), ...varint(body.length)]), body]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
