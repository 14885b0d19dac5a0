/* Joins the outputs of rows that were computed in batches of similar length, and restores their original order. */
import { sizeOf, type TensorData } from '../contract/tensor.js';
import { type NDArray, type NestedNumbers, toNested } from './ndarray.js';

/** The output of some of the rows. */
export interface RowsPart {
  /** The original index of each row. */
  readonly rows: readonly number[];
  /** A sequence [T, B, F], or a vector [B, F]. */
  readonly output: NDArray;
  /** The number of valid steps in each row; T if absent. */
  readonly lengths?: readonly number[];
}

function countRows(parts: readonly RowsPart[]): number {
  return parts.reduce((count, { rows }) => count + rows.length, 0);
}

/**
 * Joins all rows into one array, [rows, time, features] or [rows, features]. `time` is that of the longest part; values
 * past a row's length are zero.
 */
export function joinRows(parts: readonly RowsPart[]): NDArray {
  const count = countRows(parts);
  const time = parts.reduce((longest, { output }) => Math.max(longest, output.shape[0]), 0);
  const [{ output: first }] = parts;
  const isSequence = first.shape.length === 3;
  const features = first.shape[first.shape.length - 1];
  const shape = isSequence ? [count, time, features] : [count, features];
  const data = like(first.data, sizeOf(shape));
  const size = sizeOf(shape.slice(1));
  for (const part of parts) {
    for (const [b, row] of part.rows.entries()) {
      const steps = isSequence ? stepsOf(part, b) : 1;
      for (let t = 0; t < steps; t++) copyStep(part, t, b, data, row * size + t * features);
    }
  }
  return { data, shape };
}

/** Returns the rows as nested arrays, each with its own length. */
export function nestRows(parts: readonly RowsPart[]): NestedNumbers {
  const all = new Array<unknown>(countRows(parts));
  for (const part of parts) {
    const features = part.output.shape[2];
    for (const [b, row] of part.rows.entries()) {
      const steps = stepsOf(part, b);
      const data = like(part.output.data, steps * features);
      for (let t = 0; t < steps; t++) copyStep(part, t, b, data, t * features);
      all[row] = toNested({ data, shape: [steps, features] });
    }
  }
  return all as NestedNumbers;
}

/** Returns the number of valid steps in each row. */
export function joinLengths(parts: readonly RowsPart[]): number[] {
  const lengths = new Array<number>(countRows(parts));
  for (const part of parts) for (const [b, row] of part.rows.entries()) lengths[row] = stepsOf(part, b);
  return lengths;
}

function stepsOf({ output, lengths }: RowsPart, b: number): number {
  return lengths?.[b] ?? output.shape[0];
}

/** Copies step t of row b. For a vector, t is 0. */
function copyStep({ output, rows }: RowsPart, t: number, b: number, to: TensorData, at: number): void {
  const features = output.shape[output.shape.length - 1];
  const from = (t * rows.length + b) * features;
  for (let i = 0; i < features; i++) to[at + i] = output.data[from + i];
}

function like(data: TensorData, size: number): TensorData {
  return data instanceof Float64Array ? new Float64Array(size) : new Float32Array(size);
}
