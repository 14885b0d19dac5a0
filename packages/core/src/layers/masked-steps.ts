import type { Tensor } from '../contract/tensor.js';
import type { RecurrentSequence } from '../kernels/recurrent.js';
import type { Tape } from '../tape/tape.js';
import type { Lengths } from './layer.js';
import { validSteps } from './steps.js';

/** A mask `[T, B]` that is 0 also past each row's length. */
export function maskWithin(tape: Tape, mask: Tensor, lengths: Lengths | undefined): Tensor {
  return lengths
    ? tape.mul(mask, tape.reshape(validSteps(tape, lengths.rows, mask.shape[0]), mask.shape))
    : mask;
}

/** The steps that a mask keeps, moved together to the beginning of each row. */
interface KeptSteps {
  /** How many there are, [B]. */
  readonly lengths: Tensor;
  /** x [T, B, F] with these steps moved together; zeros past them. */
  together(x: Tensor): Tensor;
  /**
   * y [T, B, R], of steps that are together, back at the indices of these steps. A masked step has that of the step read
   * before it, or `start` [B, R] where there was none.
   */
  apart(y: Tensor, start: Tensor): Tensor;
}

/** The steps that `mask` [T, B] keeps. @param reverse they are read from the last to the first */
export function keptSteps(tape: Tape, mask: Tensor, reverse: boolean): KeptSteps {
  const [T, B] = mask.shape;
  const size = T * B;
  const count = runningSum(tape, mask);
  const before = tape.sub(count, mask);
  const lengths = tape.slice(count, [T - 1, 0], [1, B]);
  const row = tape.constant(
    Float32Array.from({ length: B }, (_, b) => b),
    [1, B],
  );
  /** The flat indices of step n of each row. */
  const flatIndex = (n: Tensor) => tape.add(tape.affine(n, B), row);
  return {
    lengths: tape.reshape(lengths, [B]),
    together(x) {
      const F = x.shape[2];
      const to = tape.select(mask, flatIndex(before), tape.fill([1], size));
      const scattered = tape.scatterAdd(tape.reshape(to, [size]), tape.reshape(x, [size, F]), size + 1);
      return tape.reshape(tape.slice(scattered, [0, 0], [size, F]), [T, B, F]);
    },
    apart(y, start) {
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
 * A recurrent layer over the steps of x `[T, B, F]` that a mask `[T, B]` keeps. `run` gets these steps moved together, and
 * how many there are, so that every kernel that supports lengths can be used; its outputs are put back at the indices of
 * their steps. A masked step has the output of the step read before it, or `start` [B, R] where there was none; with
 * `zeroOutputForMask` it has zeros.
 */
export function skipMasked(
  tape: Tape,
  x: Tensor,
  options: { mask: Tensor; start: Tensor; reverse: boolean; zeroOutputForMask: boolean },
  run: (x: Tensor, lengths: Tensor) => RecurrentSequence,
): RecurrentSequence {
  const { mask, start, reverse, zeroOutputForMask } = options;
  const kept = keptSteps(tape, mask, reverse);
  const { y, state, steps } = run(kept.together(x), kept.lengths);
  if (!y) return { state, steps };
  const carried = kept.apart(y, start);
  return { y: zeroOutputForMask ? zeroMasked(tape, carried, mask) : carried, state, steps };
}

/** x [T, B, F] with zeros at the steps that `mask` [T, B] leaves out. */
export function zeroMasked(tape: Tape, x: Tensor, mask: Tensor): Tensor {
  return tape.select(tape.reshape(mask, [...mask.shape, 1]), x, tape.fill([1], 0));
}

/** The sum of rows 0 to t of x `[T, B]` at each t: by doubling, in log T additions. */
function runningSum(tape: Tape, x: Tensor): Tensor {
  const [T, B] = x.shape;
  let sum = x;
  for (let shift = 1; shift < T; shift *= 2) {
    const earlier = tape.slice(sum, [0, 0], [T - shift, B]);
    sum = tape.add(sum, tape.concat([tape.fill([shift, B], 0), earlier], 0));
  }
  return sum;
}
