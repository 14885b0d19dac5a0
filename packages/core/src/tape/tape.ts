import type { Backend, BinaryOp, UnaryOp } from '../contract/backend.js';
import { checkUpload } from '../contract/check-upload.js';
import { broadcastShape, type Shape, sameShape, sizeOf, type Tensor } from '../contract/tensor.js';
import { ShapeError } from '../errors.js';
import { checkTensor, checkWholeNumbers } from '../host-arrays.js';
import { isRecord, show } from '../options.js';
import { derivative, pad, resized, unbroadcast } from './adjoints.js';
import { Recorder } from './recorder.js';

/**
 * The required operations, with checks and gradients. Layers and cells are written with these. A tape owns the tensors
 * that it creates; {@link withTape} creates a tape and disposes of it.
 *
 * Each method runs the backend's operation and records its gradient, which uses the same operations.
 */
export class Tape extends Recorder {
  /**
   * A constant from row-major `data`. @throws ShapeError if its length is wrong; DataError if it is not an array of
   * numbers
   */
  constant(data: ArrayLike<number>, shape: Shape): Tensor {
    checkUpload('constant', data, shape);
    return this.own(this.backend.upload(data, shape));
  }

  /** A constant whose elements are all `value`. */
  fill(shape: Shape, value: number): Tensor {
    checkWholeNumbers('fill', shape);
    checkNumber('fill', value);
    return this.own(this.backend.fill(shape, value));
  }

  /**
   * Matrix product, `[m, k] · [k, n] → [m, n]`, or a batch of them: `[b, m, k] · [b, k, n] → [b, m, n]`. A transposed
   * operand is stored with its last two dimensions exchanged.
   */
  matmul(a: Tensor, b: Tensor, options: { transposeA?: boolean; transposeB?: boolean } = {}): Tensor {
    if (!isRecord(options)) fail('matmul', `options must be an object, not ${show(options)}`);
    const { transposeA = false, transposeB = false } = options;
    checkProduct(a, b, transposeA, transposeB);
    const y = this.backend.matmul(a, b, transposeA, transposeB);
    return this.#done([a, b], y, (dy) => [
      this.watches(a) &&
        (transposeA
          ? this.matmul(b, dy, { transposeA: transposeB, transposeB: true })
          : this.matmul(dy, b, { transposeB: !transposeB })),
      this.watches(b) &&
        (transposeB
          ? this.matmul(dy, a, { transposeA: true, transposeB: transposeA })
          : this.matmul(a, dy, { transposeA: !transposeA })),
    ]);
  }

  /** a + b, broadcast. */
  add(a: Tensor, b: Tensor): Tensor {
    return this.#binary('add', a, b, unchanged, unchanged);
  }

  /** a − b, broadcast. */
  sub(a: Tensor, b: Tensor): Tensor {
    return this.#binary('sub', a, b, unchanged, (dy) => this.affine(dy, -1));
  }

  /** a · b element by element, broadcast. */
  mul(a: Tensor, b: Tensor): Tensor {
    return this.#binary(
      'mul',
      a,
      b,
      (dy) => this.mul(dy, b),
      (dy) => this.mul(dy, a),
    );
  }

  /** a / b, broadcast. */
  div(a: Tensor, b: Tensor): Tensor {
    return this.#binary(
      'div',
      a,
      b,
      (dy) => this.div(dy, b),
      (dy, y) => this.affine(this.div(this.mul(dy, y), b), -1),
    );
  }

  /** The larger of a and b, broadcast. If they are equal, a gets the gradient. */
  maximum(a: Tensor, b: Tensor): Tensor {
    return this.#choice('maximum', a, b, () => this.step(this.sub(b, a)));
  }

  /** The smaller of a and b, broadcast. If they are equal, a gets the gradient. */
  minimum(a: Tensor, b: Tensor): Tensor {
    return this.#choice('minimum', a, b, () => this.step(this.sub(a, b)));
  }

  /** `x · scale + shift`, with plain numbers. */
  affine(x: Tensor, scale: number, shift = 0): Tensor {
    checkTensor('affine', x);
    checkNumber('affine', scale);
    checkNumber('affine', shift);
    return this.#done([x], this.backend.affine(x, scale, shift), (dy) => [this.affine(dy, scale)]);
  }

  /** exp(x) */
  exp(x: Tensor): Tensor {
    return this.unary('exp', x);
  }

  /** Natural logarithm. */
  log(x: Tensor): Tensor {
    return this.unary('log', x);
  }

  /** √x */
  sqrt(x: Tensor): Tensor {
    return this.unary('sqrt', x);
  }

  /** |x|; its gradient at 0 is 0. */
  abs(x: Tensor): Tensor {
    return this.unary('abs', x);
  }

  /** max(x, 0); its gradient at 0 is 0. */
  relu(x: Tensor): Tensor {
    return this.unary('relu', x);
  }

  /** 1 / (1 + exp(−x)) */
  sigmoid(x: Tensor): Tensor {
    return this.unary('sigmoid', x);
  }

  /** Hyperbolic tangent. */
  tanh(x: Tensor): Tensor {
    return this.unary('tanh', x);
  }

  /** log(1 + exp(x)), without overflow. */
  softplus(x: Tensor): Tensor {
    return this.unary('softplus', x);
  }

  /** 1 where x > 0, otherwise 0; its gradient is 0. */
  step(x: Tensor): Tensor {
    return this.unary('step', x);
  }

  /** Applies a function of one number, selected by name. */
  unary(op: UnaryOp, x: Tensor): Tensor {
    checkTensor(op, x);
    return this.#done([x], this.backend.unary(op, x), (dy, y) => [derivative(this, op, x, y, dy)]);
  }

  /** `a` where `condition` is not zero, otherwise `b`, broadcast. The condition gets no gradient. */
  select(condition: Tensor, a: Tensor, b: Tensor): Tensor {
    for (const x of [condition, a, b]) checkTensor('select', x);
    const pair = broadcastShape(a.shape, b.shape);
    if (!pair || !broadcastShape(condition.shape, pair)) {
      fail('select', `[${condition.shape}], [${a.shape}] and [${b.shape}] do not broadcast`);
    }
    const y = this.backend.select(condition, a, b);
    const zero = () => this.fill(new Array(y.shape.length).fill(1), 0);
    return this.#done([condition, a, b], y, (dy) => [
      undefined,
      this.watches(a) && unbroadcast(this, this.select(condition, dy, zero()), a.shape),
      this.watches(b) && unbroadcast(this, this.select(condition, zero(), dy), b.shape),
    ]);
  }

  /** Sum over `axes` (default: all), which are kept as dimensions of 1. */
  sum(x: Tensor, axes: readonly number[] = allAxes(x)): Tensor {
    checkAxes('sum', x, axes);
    return this.#done([x], this.backend.sum(x, axes), (dy) => [
      sameShape(dy.shape, x.shape) ? dy : this.add(this.fill(x.shape, 0), dy),
    ]);
  }

  /** Mean over `axes` (default: all), which are kept as dimensions of 1. */
  mean(x: Tensor, axes: readonly number[] = allAxes(x)): Tensor {
    const total = this.sum(x, axes);
    return this.affine(total, sizeOf(total.shape) / sizeOf(x.shape));
  }

  /** Maximum over `axes`, which are kept as dimensions of 1. Equal maxima share the gradient. */
  max(x: Tensor, axes: readonly number[]): Tensor {
    checkAxes('max', x, axes);
    if (axes.some((axis) => x.shape[axis] === 0))
      fail('max', `no elements to compare in [${x.shape}] over axes [${axes}]`);
    return this.#done([x], this.backend.max(x, axes), (dy, y) => {
      const largest = this.affine(this.step(this.sub(y, x)), -1, 1);
      return [this.mul(largest, this.div(dy, this.sum(largest, axes)))];
    });
  }

  /** exp(x) / Σ exp(x) over the last axis. */
  softmax(x: Tensor): Tensor {
    checkTensor('softmax', x);
    return this.#done([x], this.backend.softmax(x), (dy, y) => [
      this.mul(y, this.sub(dy, this.sum(this.mul(dy, y), [x.shape.length - 1]))),
    ]);
  }

  /** log(exp(x) / Σ exp(x)) over the last axis. */
  logSoftmax(x: Tensor): Tensor {
    checkTensor('logSoftmax', x);
    return this.#done([x], this.backend.logSoftmax(x), (dy, y) => [
      this.sub(dy, this.mul(this.exp(y), this.sum(dy, [x.shape.length - 1]))),
    ]);
  }

  /** The same elements in row-major order with another shape. */
  reshape(x: Tensor, shape: Shape): Tensor {
    checkTensor('reshape', x);
    checkWholeNumbers('reshape', shape);
    if (sizeOf(shape) !== sizeOf(x.shape))
      fail('reshape', `[${x.shape}] and [${shape}] have different numbers of elements`);
    return this.#done([x], this.backend.reshape(x, shape), (dy) => [this.reshape(dy, x.shape)]);
  }

  /** Axis `i` of the result is axis `permutation[i]` of `x`. */
  transpose(x: Tensor, permutation: readonly number[]): Tensor {
    checkTensor('transpose', x);
    checkWholeNumbers('transpose', permutation);
    if ([...permutation].sort().join() !== x.shape.map((_, axis) => axis).join()) {
      fail('transpose', `[${permutation}] is not a permutation of the axes of [${x.shape}]`);
    }
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    return this.#done([x], this.backend.transpose(x, permutation), (dy) => [this.transpose(dy, inverse)]);
  }

  /**
   * The block of shape `size` that starts at `begin`. To divide a tensor into parts, use {@link split}, whose gradient
   * is cheaper.
   */
  slice(x: Tensor, begin: readonly number[], size: Shape): Tensor {
    checkTensor('slice', x);
    checkWholeNumbers('slice', begin);
    checkWholeNumbers('slice', size);
    const inside = (axis: number) => begin[axis] + size[axis] <= x.shape[axis];
    if (
      begin.length !== x.shape.length ||
      size.length !== x.shape.length ||
      !x.shape.every((_, axis) => inside(axis))
    ) {
      fail('slice', `[${size}] at [${begin}] does not lie in [${x.shape}]`);
    }
    return this.#done([x], this.backend.slice(x, begin, size), (dy) => [pad(this, dy, begin, x.shape)]);
  }

  /** Splits a tensor along `axis` into parts of the given `sizes`; the inverse of {@link concat}. */
  split(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
    checkAxes('split', x, [axis]);
    checkWholeNumbers('split', sizes);
    if (sizes.reduce((sum, size) => sum + size, 0) !== x.shape[axis]) {
      fail('split', `parts of [${sizes}] do not add up to axis ${axis} of [${x.shape}]`);
    }
    const begin = x.shape.map(() => 0);
    const parts = sizes.map((size) => {
      const part = this.backend.slice(x, [...begin], resized(x.shape, axis, size));
      begin[axis] += size;
      return part;
    });
    this.record([x], parts, (gradients) => [
      this.concat(
        gradients.map((dy, i) => dy ?? this.fill(parts[i].shape, 0)),
        axis,
      ),
    ]);
    return parts;
  }

  /** Concatenates tensors along `axis`. */
  concat(xs: readonly Tensor[], axis: number): Tensor {
    if (!Array.isArray(xs) || xs.length === 0) fail('concat', `expected a list of tensors, not ${show(xs)}`);
    for (const x of xs) checkTensor('concat', x);
    checkAxes('concat', xs[0], [axis]);
    const fits = (x: Tensor) => sameShape(resized(x.shape, axis, 0), resized(xs[0].shape, axis, 0));
    if (!xs.every(fits))
      fail('concat', `${xs.map((x) => `[${x.shape}]`).join(', ')} do not join along axis ${axis}`);
    return this.#done(xs, this.backend.concat(xs, axis), (dy) =>
      this.split(
        dy,
        xs.map((x) => x.shape[axis]),
        axis,
      ),
    );
  }

  /** The rows of `table [n, f]` with the indices `indices [m]` → `[m, f]`. The indices get no gradient. */
  gather(table: Tensor, indices: Tensor): Tensor {
    checkTensor('gather', table);
    checkTensor('gather', indices);
    if (table.shape.length !== 2 || indices.shape.length !== 1) {
      fail('gather', `expected a table [n, f] and indices [m], not [${table.shape}] and [${indices.shape}]`);
    }
    const y = this.backend.gather(table, indices);
    return this.#done([table, indices], y, (dy) => [this.scatterAdd(indices, dy, table.shape[0]), undefined]);
  }

  /** Adds row i of `updates [m, f]` to row `indices[i]` of zeros `[rows, f]`. */
  scatterAdd(indices: Tensor, updates: Tensor, rows: number): Tensor {
    checkTensor('scatterAdd', indices);
    checkTensor('scatterAdd', updates);
    checkWholeNumbers('scatterAdd', [rows]);
    if (updates.shape.length !== 2 || indices.shape.length !== 1 || indices.shape[0] !== updates.shape[0]) {
      fail(
        'scatterAdd',
        `expected indices [m] and updates [m, f], not [${indices.shape}] and [${updates.shape}]`,
      );
    }
    const y = this.backend.scatterAdd(indices, updates, rows);
    return this.#done([indices, updates], y, (dy) => [undefined, this.gather(dy, indices)]);
  }

  /** Applies a binary operation. `da` and `db` compute the gradients of a and b, in the result's shape. */
  #binary(
    op: BinaryOp,
    a: Tensor,
    b: Tensor,
    da: (dy: Tensor, y: Tensor) => Tensor,
    db: (dy: Tensor, y: Tensor) => Tensor,
  ): Tensor {
    checkTensor(op, a);
    checkTensor(op, b);
    if (!broadcastShape(a.shape, b.shape)) fail(op, `[${a.shape}] and [${b.shape}] do not broadcast`);
    return this.#done([a, b], this.backend.binary(op, a, b), (dy, y) => [
      this.watches(a) && unbroadcast(this, da(dy, y), a.shape),
      this.watches(b) && unbroadcast(this, db(dy, y), b.shape),
    ]);
  }

  /** Applies a binary operation that chooses b where `isSecond` is 1, otherwise a. */
  #choice(op: BinaryOp, a: Tensor, b: Tensor, isSecond: () => Tensor): Tensor {
    return this.#binary(
      op,
      a,
      b,
      (dy) => this.mul(dy, this.affine(isSecond(), -1, 1)),
      (dy) => this.mul(dy, isSecond()),
    );
  }

  #done(
    inputs: readonly Tensor[],
    y: Tensor,
    gradient: (dy: Tensor, y: Tensor) => readonly (Tensor | false | undefined)[],
  ): Tensor {
    this.record(inputs, [y], ([dy]) => gradient(dy as Tensor, y));
    return y;
  }
}

/**
 * Runs `body` with a new tape, then frees the tensors that the tape created, except those passed to `tape.keep`. It
 * also frees them if `body` throws.
 */
export function withTape<T>(backend: Backend, body: (tape: Tape) => T): T {
  const tape = new Tape(backend);
  try {
    return body(tape);
  } finally {
    tape.dispose();
  }
}

/** The gradient of a summand. */
const unchanged = (dy: Tensor) => dy;

function checkProduct(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): void {
  checkTensor('matmul', a);
  checkTensor('matmul', b);
  const rank = a.shape.length;
  const areStacks = (rank === 2 || rank === 3) && b.shape.length === rank;
  const problem = !areStacks
    ? 'expected two matrices, or two batches of them'
    : rank === 3 && a.shape[0] !== b.shape[0]
      ? 'leading dimensions differ'
      : a.shape[transposeA ? rank - 2 : rank - 1] !== b.shape[transposeB ? rank - 1 : rank - 2] &&
        'inner sizes differ';
  const shown = (x: Tensor, transposed: boolean) => `[${x.shape}]${transposed ? ' transposed' : ''}`;
  if (problem) fail('matmul', `${problem}: ${shown(a, transposeA)} and ${shown(b, transposeB)}`);
}

function checkNumber(op: string, x: unknown): void {
  if (typeof x !== 'number') fail(op, `expected a number, not ${show(x)}`);
}

function allAxes(x: Tensor): number[] {
  checkTensor('sum', x);
  return x.shape.map((_, axis) => axis);
}

function checkAxes(op: string, x: Tensor, axes: readonly number[]): void {
  checkTensor(op, x);
  checkWholeNumbers(op, axes);
  const isAxis = (axis: number) => Number.isInteger(axis) && axis >= 0 && axis < x.shape.length;
  const valid = axes.every((axis, i) => isAxis(axis) && axes.indexOf(axis) === i);
  if (!valid) fail(op, `[${axes}] are not axes of [${x.shape}]`);
}

function fail(op: string, problem: string): never {
  throw new ShapeError(`${op}: ${problem}`);
}
