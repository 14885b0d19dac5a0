import { type Shape, Tape, type Tensor, UnsupportedError } from '@recurra/core';
import { sameShape, sizeOf } from '@recurra/core/backend';
import { type Dtype, dtypes, type FloatDtype, type HostData } from './dtypes.js';
import type { HostArray } from './tensor-proto.js';

/** The largest array of a running graph: 1 GiB of float32. */
const maxElements = 2 ** 28;

/** A tape with a limit for the size of each array. */
export class GraphTape extends Tape {
  /** In elements. A dimension of 0 counts as 1: it needs no memory, but loops still run over the other dimensions. */
  maxElements = maxElements;
}

/** Thrown for a result that is larger than its tape allows. */
export class TooLargeError extends UnsupportedError {}

/**
 * An array of the graph. Floating-point numbers are computed on the backend, all others on the host; a value is copied from
 * one to the other when it is first needed there.
 */
export class Value {
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** Owns the tensor on the backend, and frees it. */
  readonly tape: GraphTape;
  #data: HostData | undefined;
  #tensor: Tensor | undefined;

  private constructor(tape: GraphTape, dtype: Dtype, shape: Shape, data?: HostData, tensor?: Tensor) {
    checkSize(tape, shape, 'the graph');
    this.tape = tape;
    this.dtype = dtype;
    this.shape = shape;
    this.#data = data;
    this.#tensor = tensor;
  }

  static onHost(tape: GraphTape, { dtype, shape, data }: HostArray): Value {
    return new Value(tape, dtype, shape, data);
  }

  /**
   * @param shape the shape in the graph, of any rank
   * @param dtype the type in the graph; the backend computes in its own precision
   */
  static onBackend(tape: GraphTape, tensor: Tensor, shape: Shape, dtype: FloatDtype): Value {
    return new Value(tape, dtype, shape, undefined, tensor);
  }

  /** The same elements in another shape of the same size. */
  reshaped(tape: GraphTape, shape: Shape): Value {
    return new Value(tape, this.dtype, shape, this.#data, this.#tensor);
  }

  /** The same elements as another floating-point type: the backend computes all of them in its own precision. */
  as(tape: GraphTape, dtype: FloatDtype): Value {
    return new Value(tape, dtype, this.shape, this.#data, this.#tensor);
  }

  /** The tensor on the backend, in a shape that its operations take: a scalar is [1]. */
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

  /** The elements on the host. */
  async data(): Promise<HostData> {
    this.#data ??= await this.tape.backend.read(this.#tensor as Tensor);
    return this.#data;
  }
}

/** A shape of the graph in the form that backends take, of rank 1 to 4. */
export function backendShape(shape: Shape): Shape {
  if (shape.length === 0) return [1];
  return shape.length > 4 ? [sizeOf(shape)] : shape;
}

/** A new array with as many elements as the shape has. @throws TooLargeError for more than the tape allows */
export function allocate(tape: GraphTape, dtype: Dtype, shape: Shape, what: string): HostData {
  checkSize(tape, shape, what);
  return dtypes[dtype].make(sizeOf(shape));
}

/** @throws TooLargeError for a shape with more elements than the tape allows */
export function checkSize(tape: GraphTape, shape: Shape, what: string): void {
  const extent = sizeOf(shape.map((size) => Math.max(1, size)));
  if (extent <= tape.maxElements) return;
  throw new TooLargeError(
    `${what} needs an array of shape [${shape}]; the limit is ${tape.maxElements} elements`,
  );
}

/** Stores an integer, truncated to the bits of the array's elements. */
export function store(data: HostData, index: number, value: bigint): void {
  data[index] = isBig(data) ? value : Number(BigInt.asIntN(8 * data.BYTES_PER_ELEMENT, value));
}

export function isBig(data: HostData): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}
