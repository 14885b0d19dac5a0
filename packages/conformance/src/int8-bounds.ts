/*
 * How far a step with int8 weights may be from the same step with the float weights that they stand for. A kernel may round
 * each row of x and of h to multiples of max |row| / 127, so an element is wrong by up to max |row| / 254, and a
 * pre-activation by that times the sum of the absolute weights of its column. The functions follow this error through a cell
 * with the slopes of its activations: at most 1 for tanh and relu, 1/4 for sigmoid.
 */
import type { RecurrentSpec } from '@recurra/core/backend';
import type { Values } from './numbers.js';

/** What float32 arithmetic adds. */
const FLOATS = 2e-5;

/** The matrices and states of a step, on the host. */
export interface Int8Step {
  readonly cell: RecurrentSpec['cell'];
  readonly resetAfter: boolean;
  /** [B, I] */
  readonly x: Values;
  /** [I, G·H] and [H, G·H], the float weights. */
  readonly kernel: Values;
  readonly recurrentKernel: Values;
  /** [3·H], of a GRU with `resetAfter`. */
  readonly recurrentBias?: Values;
  /** [B, H] each: h and, for an LSTM, c. */
  readonly state: readonly Values[];
}

/** The errors that are allowed in the new state, [B · H] for each tensor of the state. */
export function int8StepErrors(step: Int8Step): number[][] {
  const { cell, x, kernel, recurrentKernel, state } = step;
  const [h, c] = state;
  const [batch, units] = h.shape;
  const errors = state.map(() => [] as number[]);
  for (let row = 0; row < batch; row++) {
    const ofInput = productErrors(x, row, kernel);
    const ofState = productErrors(h, row, recurrentKernel);
    const gate = (g: number, j: number) => ofInput[g * units + j] + ofState[g * units + j];
    for (let j = 0; j < units; j++) {
      const before = Math.abs(h.data[row * units + j]);
      if (cell === 'lstm') {
        const ofCell =
          (Math.abs(c.data[row * units + j]) * gate(1, j)) / 4 + gate(0, j) / 4 + gate(2, j) + FLOATS;
        errors[0].push(ofCell + gate(3, j) / 4);
        errors[1].push(ofCell);
      } else if (cell === 'gru') {
        const ofCandidate = gate(2, j) + resetError(step, row, j, (k) => gate(0, k) / 4);
        errors[0].push((gate(1, j) / 4) * (1 + before) + ofCandidate + FLOATS);
      } else {
        errors[0].push(gate(0, j) + FLOATS);
      }
    }
  }
  return errors;
}

/** The error of each column of x · kernel in a row. */
export function productErrors({ shape: [, inputs], data }: Values, row: number, kernel: Values): number[] {
  const columns = kernel.shape[1];
  let largest = 0;
  for (let k = 0; k < inputs; k++) largest = Math.max(largest, Math.abs(data[row * inputs + k]));
  return Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let k = 0; k < inputs; k++) sum += Math.abs(kernel.data[k * columns + column]);
    return (sum * largest) / 254;
  });
}

/** The error of a GRU's candidate that comes from the error of its reset gate. */
function resetError(
  { resetAfter, recurrentKernel, recurrentBias, state: [h] }: Int8Step,
  row: number,
  j: number,
  errorOfReset: (unit: number) => number,
): number {
  const units = h.shape[1];
  const column = 2 * units + j;
  const product = (k: number) => recurrentKernel.data[k * 3 * units + column] * h.data[row * units + k];
  let sum = resetAfter ? (recurrentBias?.data[column] ?? 0) : 0;
  for (let k = 0; k < units; k++) sum += resetAfter ? product(k) : Math.abs(product(k)) * errorOfReset(k);
  return resetAfter ? Math.abs(sum) * errorOfReset(j) : sum;
}
