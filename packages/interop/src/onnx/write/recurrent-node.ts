/* Writes one direction of a recurrent layer as ONNX's RNN, LSTM or GRU node. */
import type { NDArray } from '@recurra/core';
import { isStandard, type RecurrentCell, type StandardCell } from '../../recurrent-cell.js';
import { recurrentActivations } from './activations.js';
import type { GraphBuilder } from './graph-builder.js';
import { microsoft } from './proto.js';
import type { Int8Weight, WrittenWeight } from './weight.js';

/** The inputs of one direction. */
export interface DirectionInputs {
  /** [T, B, I] */
  readonly x: string;
  /** By their names in the layer. */
  readonly weights: Readonly<Record<string, WrittenWeight>>;
  /** The prefix of the weights' names in the layer: `forward.`, or empty. */
  readonly prefix: string;
  readonly reverse: boolean;
  /** [B], int32. */
  readonly lengths?: string;
  /** Each [B, size]; absent: zeros. */
  readonly initialState?: readonly string[];
}

/** The outputs of one direction. */
export interface DirectionOutputs {
  /** [T, B, R], in the order of the input. */
  readonly y: string;
  /** Each [B, size]. */
  readonly state: readonly string[];
}

const types = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' };
/** ONNX's gates in Recurra's order: i, f, g, o to i, o, f, c; r, z, n to z, r, h. */
const gateOrder = { rnn: [0], lstm: [0, 3, 1, 2], gru: [1, 0, 2] };
/** i, f, o to i, o, f. */
const peepholeOrder = [0, 2, 1];

/** The attributes for the cell's activations; undefined if ONNX's node does not support them. */
function activationsOf({ kind, options }: StandardCell) {
  const { activation } = options;
  if (kind === 'rnn') return recurrentActivations([activation]);
  if (kind === 'gru') return recurrentActivations([options.recurrentActivation, activation]);
  return recurrentActivations([options.recurrentActivation, activation, activation]);
}

/** True if an RNN, LSTM or GRU node computes the same as the cell. */
export function hasNode(cell: RecurrentCell): cell is StandardCell {
  if (!isStandard(cell)) return false;
  const projected = cell.kind === 'lstm' && cell.options.projection !== undefined;
  return !projected && !cell.options.layerNorm && activationsOf(cell) !== undefined;
}

export function writeRecurrentNode(
  graph: GraphBuilder,
  cell: StandardCell,
  { x, weights, prefix, reverse, lengths = '', initialState }: DirectionInputs,
): DirectionOutputs {
  const { kind } = cell;
  const { units: H, clip } = cell.options;
  const order = gateOrder[kind];
  const { kernel, recurrentKernel, bias, recurrentBias, peepholes } = weights;
  const state0 = (initialState ?? []).map((state) => graph.add('Unsqueeze', [state, graph.ints(0)]));
  const rest = [
    bias ? graph.weight(`${prefix}B`, biases(bias, recurrentBias, H, order)) : '',
    lengths,
    state0[0] ?? '',
    ...(kind === 'lstm'
      ? [state0[1] ?? '', peepholes ? graph.weight(`${prefix}P`, reordered(peepholes, H, peepholeOrder)) : '']
      : []),
  ];
  const attributes = {
    hidden_size: H,
    direction: reverse ? 'reverse' : 'forward',
    ...activationsOf(cell),
    ...(clip > 0 && { clip: { float: clip } }),
    ...(cell.kind === 'gru' && cell.options.resetAfter && { linear_before_reset: 1 }),
  };
  const [y, ...state] =
    kind === 'lstm' && kernel.int8 && recurrentKernel.int8
      ? graph.addMany(
          'DynamicQuantizeLSTM',
          quantizedInputs(graph, x, prefix, [kernel.int8, recurrentKernel.int8], H, rest),
          3,
          attributes,
          microsoft,
        )
      : graph.addMany(
          types[kind],
          withoutTrailing([
            x,
            graph.weight(`${prefix}W`, gatesFirst(kernel, H, order)),
            graph.weight(`${prefix}R`, gatesFirst(recurrentKernel, H, order)),
            ...rest,
          ]),
          kind === 'lstm' ? 3 : 2,
          attributes,
        );
  return {
    y: graph.add('Squeeze', [y, graph.ints(1)]),
    state: state.map((part) => graph.add('Squeeze', [part, graph.ints(0)])),
  };
}

/** The zero point of int8 weights that are written as uint8. */
const zeroPoint = 128;

/**
 * The inputs of onnxruntime's LSTM of 8-bit weights. The weights are written as uint8, because sums of products with int8
 * weights saturate on x86 processors without VNNI.
 */
function quantizedInputs(
  graph: GraphBuilder,
  x: string,
  prefix: string,
  [kernel, recurrentKernel]: readonly [Int8Weight, Int8Weight],
  H: number,
  rest: readonly string[],
): string[] {
  const columns = gateColumns(H, gateOrder.lstm);
  const width = columns.length;
  const matrix = (name: string, { data, shape: [N] }: Int8Weight) => {
    const ordered = new Uint8Array(data.length);
    for (let n = 0; n < N; n++)
      for (const [j, column] of columns.entries())
        ordered[n * width + j] = data[n * width + column] + zeroPoint;
    return graph.initializer(prefix + name, 'uint8', [1, N, width], ordered);
  };
  const scales = (name: string, weight: Int8Weight) => [
    graph.initializer(`${prefix}${name}.scale`, 'float32', [1, width], inColumns(weight.scales, columns)),
    graph.initializer(`${prefix}zeroPoint`, 'uint8', [1, width], new Uint8Array(width).fill(zeroPoint)),
  ];
  const [bias, lengths, h, c, peepholes = ''] = rest;
  return [
    ...[x, matrix('W', kernel), matrix('R', recurrentKernel), bias, lengths, h, c, peepholes],
    ...scales('W', kernel),
    ...scales('R', recurrentKernel),
  ];
}

function inColumns(scales: Float32Array, columns: readonly number[]): Float32Array {
  return Float32Array.from(columns, (column) => scales[column]);
}

function withoutTrailing(inputs: string[]): string[] {
  while (inputs.at(-1) === '') inputs.pop();
  return inputs;
}

/** For each column in ONNX's order of the gates: its index in Recurra's. */
function gateColumns(H: number, order: readonly number[]): number[] {
  return order.flatMap((from) => Array.from({ length: H }, (_, unit) => from * H + unit));
}

/** [N, G·H] to [1, G·H, N], with the gates in ONNX's order. */
function gatesFirst(weight: WrittenWeight, H: number, order: readonly number[]): WrittenWeight {
  const [N, width] = weight.shape;
  const columns = gateColumns(H, order);
  const transposed = <Data extends Float32Array | Int8Array>(from: ArrayLike<number>, to: Data): Data => {
    for (const [j, column] of columns.entries())
      for (let n = 0; n < N; n++) to[j * N + n] = from[n * width + column];
    return to;
  };
  const shape = [1, width, N];
  const { int8 } = weight;
  return {
    data: transposed(weight.data, new Float32Array(weight.data.length)),
    shape,
    ...(int8 && {
      int8: {
        data: transposed(int8.data, new Int8Array(int8.data.length)),
        scales: inColumns(int8.scales, columns),
        shape,
        axis: 1,
      },
    }),
  };
}

/** [G·H] to [1, G·H], with the blocks in ONNX's order. */
function reordered({ data }: NDArray, H: number, order: readonly number[]): NDArray {
  const result = new Float32Array(data.length);
  for (const [to, from] of order.entries()) result.set(data.subarray(from * H, (from + 1) * H), to * H);
  return { data: result, shape: [1, data.length] };
}

/** The biases of x·W and h·U; the second is zero if the layer has only one. */
function biases(
  bias: NDArray,
  recurrentBias: NDArray | undefined,
  H: number,
  order: readonly number[],
): NDArray {
  const width = bias.data.length;
  const data = new Float32Array(2 * width);
  data.set(reordered(bias, H, order).data);
  if (recurrentBias) data.set(reordered(recurrentBias, H, order).data, width);
  return { data, shape: [1, 2 * width] };
}
