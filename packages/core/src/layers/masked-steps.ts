import type { Tensor } from '../contract/tensor.js';
import type { RecurrentSequence } from '../kernels/recurrent.js';
import type { Tape } from '../tape/tape.js';
import type { Lengths } from './layer.js';
import { validSteps } from './steps.js';

/** Sets a mask `[T, B]` to 0 past each row's length. */
export function maskWithin(tape: Tape, mask: Tensor, lengths: Lengths | undefined): Tensor {
  return lengths
    ? tape.mul(mask, tape.reshape(validSteps(tape, lengths.rows, mask.shape[0]), mask.shape))
    : mask;
}

/** Moves the steps that are not masked to the beginning of each row, and back. */
interface StepPacking {
  /** The number of steps of each row that are not masked, [B]. */
  readonly lengths: Tensor;
  /** x [T, B, F] with the steps that are not masked at the beginning of each row, and zeros after them. */
  pack(x: Tensor): Tensor;
  /**
   * Packed y [T, B, R] with each step at its original index. The output of a masked step is that of the last step read
   * before it, or `start` [B, R] if there is none.
   */
  unpack(y: Tensor, start: Tensor): Tensor;
}

/**
 * How the steps that are not masked in `mask` [T, B] are packed.
 * @param reverse the steps are read from the last to the first
 */
export function stepPacking(tape: Tape, mask: Tensor, reverse: boolean): StepPacking {
  const [T, B] = mask.shape;
  const size = T * B;
  const count = runningSum(tape, mask);
  const before = tape.sub(count, mask);
  const lengths = tape.slice(count, [T - 1, 0], [1, B]);
  const row = tape.constant(
    Float32Array.from({ length: B }, (_, b) => b),
    [1, B],
  );
  /** Returns the flat indices of step n in each row. */
  const flatIndex = (n: Tensor) => tape.add(tape.affine(n, B), row);
  return {
    lengths: tape.reshape(lengths, [B]),
    pack(x) {
      const F = x.shape[2];
      const to = tape.select(mask, flatIndex(before), tape.fill([1], size));
      const scattered = tape.scatterAdd(tape.reshape(to, [size]), tape.reshape(x, [size, F]), size + 1);
      return tape.reshape(tape.slice(scattered, [0, 0], [size, F]), [T, B, F]);
    },
    unpack(y, start) {
      const R = y.shape[2];
      const read = reverse ? tape.step(tape.sub(lengths, before)) : tape.step(count);
      const from = tape.select(
        read,
        flatIndex(reverse ? before : tape.affine(count, 1, -1)),
        tape.affine(row, 1, size),
      );
      const table = tape.concat([tape.reshape(y, [size, R]), start], 0);
      return tape.reshape(tape.gather(table, tape.reshape(from, [size])), [T, B, R]);
    },
  };
}

/**
 * Runs a recurrent layer over the steps of x `[T, B, F]` that are not masked in `mask` `[T, B]`. `run` gets these
 * steps, moved to the beginning of each row, and their number in each row, [B], so every kernel that supports lengths
 * can be used. The outputs are then moved back to the original steps. The output of a masked step is that of the last
 * step read before it, or `start` [B, R] if there is none; with `zeroOutputForMask` it is zero.
 */
export function skipMasked(
  tape: Tape,
  x: Tensor,
  options: { mask: Tensor; start: Tensor; reverse: boolean; zeroOutputForMask: boolean },
  run: (x: Tensor, lengths: Tensor) => RecurrentSequence,
): RecurrentSequence {
  const { mask, start, reverse, zeroOutputForMask } = options;
  const packing = stepPacking(tape, mask, reverse);
  const { y, state, steps } = run(packing.pack(x), packing.lengths);
  if (!y) return { state, steps };
  const carried = packing.unpack(y, start);
  return { y: zeroOutputForMask ? zeroMasked(tape, carried, mask) : carried, state, steps };
}

/** x [T, B, F] with zeros at the steps that are masked in `mask` [T, B]. */
export function zeroMasked(tape: Tape, x: Tensor, mask: Tensor): Tensor {
  return tape.select(tape.reshape(mask, [...mask.shape, 1]), x, tape.fill([1], 0));
}

/** Computes the cumulative sum of x `[T, B]` over time with log T additions, by doubling the shift. */
function runningSum(tape: Tape, x: Tensor): Tensor {
  const [T, B] = x.shape;
  let sum = x;
  for (let shift = 1; shift < T; shift *= 2) {
    const earlier = tape.slice(sum, [0, 0], [T - shift, B]);
    sum = tape.add(sum, tape.concat([tape.fill([shift, B], 0), earlier], 0));
  }
  return sum;
}
