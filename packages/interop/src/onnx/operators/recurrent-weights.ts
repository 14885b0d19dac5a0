/* The weights of ONNX's recurrent nodes in Recurra's layout. */
import type { Tape } from '@recurra/core';
import type { RecurrentWeights } from '@recurra/core/backend';
import type { Call } from './operator.js';

export type Cell = 'rnn' | 'lstm' | 'gru';

/** Recurra's gates in ONNX's order: i, o, f, c to i, f, g, o; z, r, h to r, z, n. */
export const gateOrder: Record<Cell, readonly number[]> = { rnn: [0], lstm: [0, 2, 3, 1], gru: [1, 0, 2] };
/** i, o, f to i, f, o. */
const peepholeOrder = [0, 2, 1];

interface WeightOptions {
  readonly I: number;
  readonly H: number;
  readonly G: number;
  readonly resetAfter: boolean;
  /** [D, G · H, I] */
  readonly w: Floats;
  /** [D, G · H, H] */
  readonly r: Floats;
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
  /** [D, G·H, N] to the [N, G·H] of direction d. */
  const matrix = (from: Floats, N: number) => {
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
