/*
 * Operations that move elements without computing: floating-point numbers on the backend, others on the host. Arrays of a
 * higher rank than backends support are moved on the host too.
 */
import { DataError, type Shape, UnsupportedError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { type FloatDtype, type HostData, isFloat } from './dtypes.js';
import { checkSize, type GraphTape, Value } from './value.js';

/** Axis i of the result is axis `permutation[i]`. */
export async function transposed(tape: GraphTape, x: Value, permutation: readonly number[]): Promise<Value> {
  const shape = permutation.map((axis) => x.shape[axis]);
  if (isOnBackend(x) && shape.length > 0) {
    return Value.onBackend(tape, tape.transpose(x.tensor(), permutation), shape, x.dtype);
  }
  const strides = stridesOf(x.shape);
  return strided(
    tape,
    x,
    shape,
    0,
    permutation.map((axis) => strides[axis]),
  );
}

/** In each axis, `size` elements: every `step`-th one from `begin` on. */
export async function sliced(
  tape: GraphTape,
  x: Value,
  begin: readonly number[],
  size: Shape,
  step: readonly number[],
): Promise<Value> {
  if (isOnBackend(x) && step.every((s) => s === 1)) {
    return Value.onBackend(tape, tape.slice(x.tensor(), begin, size), size, x.dtype);
  }
  if (isOnBackend(x)) {
    let result: Value = x;
    for (const [axis, count] of size.entries()) {
      const indices = Array.from({ length: count }, (_, i) => begin[axis] + i * step[axis]);
      result = await taken(tape, result, axis, indices, [count]);
    }
    return result;
  }
  const strides = stridesOf(x.shape);
  const offset = begin.reduce((sum, start, axis) => sum + start * strides[axis], 0);
  return strided(
    tape,
    x,
    size,
    offset,
    strides.map((stride, axis) => stride * step[axis]),
  );
}

/** NumPy's broadcasting to `shape`, which must be compatible. */
export async function expanded(tape: GraphTape, x: Value, shape: Shape): Promise<Value> {
  if (isOnBackend(x) && shape.length <= 4) {
    const zeros = tape.fill(shape.length === 0 ? [1] : shape, 0);
    return Value.onBackend(tape, tape.add(zeros, x.tensor()), shape, x.dtype);
  }
  const before = shape.length - x.shape.length;
  const own = stridesOf(x.shape);
  const strides = shape.map((_, axis) =>
    axis < before || x.shape[axis - before] === 1 ? 0 : own[axis - before],
  );
  return strided(tape, x, shape, 0, strides);
}

/** The elements along `axis` at `indices`, which are valid and have the shape `indexShape`. */
export async function taken(
  tape: GraphTape,
  x: Value,
  axis: number,
  indices: readonly number[],
  indexShape: Shape,
): Promise<Value> {
  const outer = sizeOf(x.shape.slice(0, axis));
  const n = x.shape[axis];
  const inner = sizeOf(x.shape.slice(axis + 1));
  const shape = [...x.shape.slice(0, axis), ...indexShape, ...x.shape.slice(axis + 1)];
  checkSize(tape, shape, 'a gather');
  checkSize(tape, [outer, indices.length], 'a gather');
  const rows = new Float64Array(outer * indices.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < indices.length; i++) rows[o * indices.length + i] = o * n + indices[i];
  }
  if (isOnBackend(x)) {
    if (tape.backend.precision === 'float32' && outer * n > 2 ** 24) {
      throw new UnsupportedError(
        `a gather from ${outer * n} rows is not supported on ${tape.backend.name}, only up to ${2 ** 24} rows`,
      );
    }
    const table = tape.reshape(x.tensor(), [outer * n, inner]);
    const gathered = tape.gather(table, tape.constant(rows, [rows.length]));
    return Value.onBackend(tape, gathered, shape, x.dtype);
  }
  const data = await x.data();
  const result = like(data, rows.length * inner);
  for (const [to, from] of rows.entries()) {
    for (let i = 0; i < inner; i++) result[to * inner + i] = data[from * inner + i];
  }
  return Value.onHost(tape, { dtype: x.dtype, shape, data: result });
}

/** Concatenates values of one type along `axis`. */
export async function joined(tape: GraphTape, xs: readonly Value[], axis: number): Promise<Value> {
  const [first] = xs;
  const shape = first.shape.map((size, other) =>
    other === axis ? xs.reduce((sum, x) => sum + x.shape[axis], 0) : size,
  );
  checkSize(tape, shape, 'a concatenation');
  if (xs.every(isOnBackend)) {
    return Value.onBackend(
      tape,
      tape.concat(
        xs.map((x) => x.tensor()),
        axis,
      ),
      shape,
      xs[0].dtype,
    );
  }
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const parts = await Promise.all(xs.map((x) => x.data()));
  const result = like(parts[0], sizeOf(shape));
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const [part, x] of xs.entries()) {
      const count = x.shape[axis] * inner;
      for (let i = 0; i < count; i++) result[to++] = parts[part][o * count + i];
    }
  }
  return Value.onHost(tape, { dtype: first.dtype, shape, data: result });
}

/** Copies the elements at `offset` + Σ index · stride. */
async function strided(
  tape: GraphTape,
  x: Value,
  shape: Shape,
  offset: number,
  strides: readonly number[],
): Promise<Value> {
  const data = await x.data();
  checkSize(tape, shape, 'a view');
  const result = like(data, sizeOf(shape));
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return Value.onHost(tape, { dtype: x.dtype, shape, data: result });
}

/** True if the backend moves the elements, false if the host does. */
function isOnBackend(x: Value): x is Value & { readonly dtype: FloatDtype } {
  return isFloat(x.dtype) && x.shape.length <= 4;
}

function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

function like(data: HostData, length: number): HostData {
  return new (data.constructor as new (length: number) => HostData)(length);
}

/** Replaces negative indices, which count from the end. @throws DataError for an index out of range */
export function checkIndices(indices: readonly number[], size: number, what: string): number[] {
  return indices.map((index) => {
    if (index < -size || index >= size)
      throw new DataError(`${what}: index ${index} is out of range; the size is ${size}`);
    return index < 0 ? index + size : index;
  });
}
