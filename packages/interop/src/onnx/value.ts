import { type Shape, sameShape, sizeOf, type Tape, type Tensor, UnsupportedError } from '@recurra/core';
import { type Dtype, dtypes, type FloatDtype, type HostData } from './dtypes.js';
import type { HostArray } from './tensor-proto.js';

/** The most elements that one array of a running graph may have: 1 GiB of float32. */
const mostElements = 2 ** 28;

/**
 * An array in the graph. Floating-point numbers are computed with on the backend, all others on the host; a value goes
 * from one to the other when it is asked for there, once.
 */
export class Value {
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** Frees what is on the backend. */
  readonly tape: Tape;
  #data: HostData | undefined;
  #tensor: Tensor | undefined;

  private constructor(tape: Tape, dtype: Dtype, shape: Shape, data?: HostData, tensor?: Tensor) {
    this.tape = tape;
    this.dtype = dtype;
    this.shape = shape;
    this.#data = data;
    this.#tensor = tensor;
  }

  static onHost(tape: Tape, { dtype, shape, data }: HostArray): Value {
    return new Value(tape, dtype, shape, data);
  }

  /** @param shape the shape in the graph, which may have any rank */
  static onBackend(tape: Tape, tensor: Tensor, shape: Shape = tensor.shape, dtype: Dtype = 'float32'): Value {
    return new Value(tape, dtype, shape, undefined, tensor);
  }

  /** The same numbers under another shape of the same size. */
  reshaped(tape: Tape, shape: Shape): Value {
    return new Value(tape, this.dtype, shape, this.#data, this.#tensor);
  }

  /** The same numbers as another floating-point type: all are computed with in the backend's precision. */
  as(tape: Tape, dtype: FloatDtype): Value {
    return new Value(tape, dtype, this.shape, this.#data, this.#tensor);
  }

  /** On the backend, in the form that its operations take: a scalar is [1]. */
  tensor(): Tensor {
    const shape = backendShape(this.shape);
    if (!this.#tensor) {
      const data = this.#data as HostData;
      const numbers = isBig(data) ? Float64Array.from(data, Number) : data;
      this.#tensor = this.tape.constant(numbers, shape);
    }
    if (!sameShape(this.#tensor.shape, shape)) this.#tensor = this.tape.reshape(this.#tensor, shape);
    return this.#tensor;
  }

  /** On the host. */
  async data(): Promise<HostData> {
    this.#data ??= await this.tape.backend.read(this.#tensor as Tensor);
    return this.#data;
  }
}

/** A shape of the graph as backends take it, of rank 1 to 4. */
export function backendShape(shape: Shape): Shape {
  if (shape.length === 0) return [1];
  return shape.length > 4 ? [sizeOf(shape)] : shape;
}

/** A new array for as many elements as the shape has. @throws UnsupportedError past what is sensible */
export function allocate(dtype: Dtype, shape: Shape, what: string): HostData {
  return dtypes[dtype].make(checkSize(shape, what));
}

/** @throws UnsupportedError where a result would have more elements than is sensible */
export function checkSize(shape: Shape, what: string): number {
  const size = sizeOf(shape);
  if (size > mostElements)
    throw new UnsupportedError(
      `${what} would make an array of shape [${shape}], of more than ${mostElements} elements`,
    );
  return size;
}

export function isBig(data: HostData): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}
