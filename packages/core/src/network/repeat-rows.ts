import type { Tensor } from '../contract/tensor.js';
import type { LayerState, Signal } from '../layers/layer.js';
import type { Tape } from '../tape/tape.js';

/** Repeats each row of a batch `width` times: rows a, b become a, a, b, b. */
export function repeatRows(
  tape: Tape,
  { value, lengths, mask, logits }: Signal,
  width: number,
  hasTime: boolean,
): Signal {
  if (width === 1) return { value, lengths, mask, logits };
  const axis = hasTime ? 1 : 0;
  const rows = lengths?.rows.flatMap((length) => new Array<number>(width).fill(length));
  return {
    value: repeatAxis(tape, value, axis, width),
    lengths: rows && { rows, tensor: tape.constant(rows, [rows.length]) },
    mask: mask && repeatAxis(tape, mask, 1, width),
    logits: logits && { kind: logits.kind, value: repeatAxis(tape, logits.value, axis, width) },
  };
}

/** The same of a state, whose tensors are [B, size]. */
export function repeatState(tape: Tape, state: LayerState, width: number): LayerState {
  return width === 1 ? state : state.map((tensor) => repeatAxis(tape, tensor, 0, width));
}

/** Each index of an axis `width` times. */
function repeatAxis(tape: Tape, x: Tensor, axis: number, width: number): Tensor {
  const { shape } = x;
  const [before, after] = [shape.slice(0, axis + 1), shape.slice(axis + 1)];
  const ones = tape.fill([...before.map(() => 1), width, ...after.map(() => 1)], 1);
  const repeated = tape.mul(tape.reshape(x, [...before, 1, ...after]), ones);
  return tape.reshape(repeated, [...shape.slice(0, axis), shape[axis] * width, ...after]);
}
