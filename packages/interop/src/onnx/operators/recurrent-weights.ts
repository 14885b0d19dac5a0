/* The weights of ONNX's recurrent nodes in Recurra's layout. */
import type { Tape, Tensor } from '@recurra/core';
import type { Backend, RecurrentWeights } from '@recurra/core/backend';
import type { Call } from './operator.js';

export type Cell = 'rnn' | 'lstm' | 'gru';

/** Recurra's gates in ONNX's order: i, o, f, c to i, f, g, o; z, r, h to r, z, n. */
export const gateOrder: Record<Cell, readonly number[]> = { rnn: [0], lstm: [0, 2, 3, 1], gru: [1, 0, 2] };
/** i, o, f to i, f, o. */
const peepholeOrder = [0, 2, 1];

type Int8Memory = NonNullable<Backend['int8']>;

interface WeightOptions {
  readonly I: number;
  readonly H: number;
  readonly G: number;
  readonly resetAfter: boolean;
  /** [D, G · H, I], or the [I, G · H] of each direction. */
  readonly w: Floats | readonly Int8Matrix[];
  /** [D, G · H, H], or the [H, G · H] of each direction. */
  readonly r: Floats | readonly Int8Matrix[];
}

/** Int8 weights with a scale for each column, the gates in ONNX's order. */
export interface Int8Matrix {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

function int8Handle(
  tape: Tape,
  { values, scales }: Int8Matrix,
  N: number,
  H: number,
  order: readonly number[],
): Tensor {
  const columns = order.flatMap((gate) => Array.from({ length: H }, (_, unit) => gate * H + unit));
  const width = columns.length;
  const ordered = new Int8Array(values.length);
  for (let n = 0; n < N; n++)
    for (const [j, column] of columns.entries()) ordered[n * width + j] = values[n * width + column];
  const { upload } = tape.backend.int8 as Int8Memory;
  return tape.own(
    upload(
      ordered,
      Float32Array.from(columns, (column) => scales[column]),
      [N, width],
    ),
  );
}

/** The weights of one direction in Recurra's layout. They are reordered on the host, so that the backend has them only once. */
export async function directionWeights(
  tape: Tape,
  cell: Cell,
  call: Call,
  { I, H, G, resetAfter, w, r }: WeightOptions,
  d: number,
): Promise<RecurrentWeights> {
  const order = gateOrder[cell];
  const width = G * H;
  const data = async (index: number) => (await call.inputs[index]?.data()) as Floats | undefined;
  /** To the [N, G·H] of direction d. */
  const matrix = (from: Floats | readonly Int8Matrix[], N: number) => {
    if (!ArrayBuffer.isView(from)) return int8Handle(tape, from[d], N, H, order);
    const result = like(from, N * width);
    for (const [to, gate] of order.entries()) {
      for (let unit = 0; unit < H; unit++) {
        const row = (d * width + gate * H + unit) * N;
        for (let n = 0; n < N; n++) result[n * width + to * H + unit] = from[row + n];
      }
    }
    return tape.constant(result, [N, width]);
  };
  /** The blocks of size H after `start`, in the order of `blocks`. */
  const vector = (from: Floats, start: number, blocks: readonly number[]) => {
    const result = like(from, blocks.length * H);
    for (const [to, block] of blocks.entries()) {
      result.set(from.subarray(start + block * H, start + (block + 1) * H), to * H);
    }
    return result;
  };

  const b = await data(3);
  const wb = b && vector(b, d * 2 * width, order);
  const rb = b && vector(b, (d * 2 + 1) * width, order);
  const two = cell === 'gru' && resetAfter;
  const p = cell === 'lstm' ? await data(7) : undefined;
  return {
    kernel: matrix(w, I),
    recurrentKernel: matrix(r, H),
    ...(wb && rb && { bias: tape.constant(two ? wb : wb.map((x, i) => x + rb[i]), [width]) }),
    ...(two && rb && { recurrentBias: tape.constant(rb, [width]) }),
    ...(p && { peepholes: tape.constant(vector(p, d * 3 * H, peepholeOrder), [3 * H]) }),
  };
}

export type Floats = Float32Array | Float64Array;

function like(data: Floats, length: number): Floats {
  return data instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}
