import type { CellRun, CellValues } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import type { Tape } from '../tape/tape.js';

/** Called with the values that a cell computed at step `t` of the input. */
export type WatchStep = (t: number, values: CellValues) => void;

/** A cell's outputs over a sequence, computed step by step on the tape. */
export interface Unrolled {
  /** [T, B, R], zero past a row's length; absent unless `sequence`. */
  readonly y?: Tensor;
  /** The state after each row's last step. */
  readonly state: readonly Tensor[];
  /** The output of each step `[B, R]`, in the order of the input. */
  readonly steps: readonly Tensor[];
}

/**
 * Runs `cell` over x `[T, B, I]`, from the last step to the first if `reverse`. A row's state does not change past its
 * length, which also makes the reverse direction start at its last valid step.
 *
 * @param options.sequence return `y`; if false, only the final state is returned. Default true
 * @param options.watch called with the cell's values at each step, including steps past a row's length
 */
export function unroll(
  tape: Tape,
  cell: CellRun,
  x: Tensor,
  initialState: readonly Tensor[],
  options: { lengths?: Tensor; reverse?: boolean; sequence?: boolean; watch?: WatchStep } = {},
): Unrolled {
  const { lengths, reverse = false, sequence = true, watch } = options;
  const [T, B, I] = x.shape;
  const zero = tape.fill([1], 0);
  const within = lengths && stepsWithin(tape, lengths, T);
  // Without this, a row whose state is NaN would cause NaN in the gradient of the steps past its length.
  const read = within ? tape.select(within, x, zero) : x;
  const rows = tape.reshape(read, [T * B, I]);
  const projected = cell.project?.(rows) ?? rows;
  const inputs = tape.split(projected, new Array(T).fill(B), 0);
  const valid = within && tape.split(tape.reshape(within, [T * B, 1]), new Array(T).fill(B), 0);
  const steps: Tensor[] = new Array(T);
  const outputs: Tensor[] = new Array(T);

  let state = initialState;
  for (let n = 0; n < T; n++) {
    const t = reverse ? T - 1 - n : n;
    const next = cell.step(inputs[t], state, watch && ((values) => watch(t, values)));
    if (valid) {
      const before = state;
      state = next.map((after, i) => tape.select(valid[t], after, before[i]));
      if (sequence) outputs[t] = tape.select(valid[t], state[0], zero);
    } else {
      state = next;
      outputs[t] = next[0];
    }
    steps[t] = state[0];
  }
  if (!sequence) return { state, steps };
  const R = initialState[0].shape[1];
  const y = T > 0 ? tape.reshape(tape.concat(outputs, 0), [T, B, R]) : tape.fill([0, B, R], 0);
  return { y, state, steps };
}

/** Returns a mask [T, B, 1] with 1 within a row's length, otherwise 0. */
export function stepsWithin(tape: Tape, lengths: Tensor, T: number): Tensor {
  const times = tape.constant(
    Float32Array.from({ length: T }, (_, t) => t),
    [T, 1, 1],
  );
  return tape.step(tape.sub(tape.reshape(lengths, [1, lengths.shape[0], 1]), times));
}
