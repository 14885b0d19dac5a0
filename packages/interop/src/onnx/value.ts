import { type Shape, Tape, type Tensor, UnsupportedError } from '@recurra/core';
import { sameShape, sizeOf } from '@recurra/core/backend';
import { type Dtype, dtypes, type FloatDtype, type HostData } from './dtypes.js';
import type { HostArray } from './tensor-proto.js';

/** Past this no array of a running graph may go: 1 GiB of float32. */
const mostElements = 2 ** 28;

/** A tape that says how large an array of its graph may be. */
export class GraphTape extends Tape {
  /** In elements, a dimension of 0 counted as 1: it costs nothing to hold, but is walked over. */
  mostElements = mostElements;
}

/** A result that would be larger than its tape allows. */
export class TooLargeError extends UnsupportedError {}

/**
 * An array in the graph. Floating-point numbers are computed with on the backend, all others on the host; a value goes
 * from one to the other when it is asked for there, once.
 */
export class Value {
  readonly dtype: Dtype;
  readonly shape: Shape;
  /** Frees what is on the backend. */
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
   * @param shape the shape in the graph, which may have any rank
   * @param dtype the type in the graph: the backend computes in its own precision
   */
  static onBackend(tape: GraphTape, tensor: Tensor, shape: Shape, dtype: FloatDtype): Value {
    return new Value(tape, dtype, shape, undefined, tensor);
  }

  /** The same numbers under another shape of the same size. */
  reshaped(tape: GraphTape, shape: Shape): Value {
    return new Value(tape, this.dtype, shape, this.#data, this.#tensor);
  }

  /** The same numbers as another floating-point type: all are computed with in the backend's precision. */
  as(tape: GraphTape, dtype: FloatDtype): Value {
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

/** A new array for as many elements as the shape has. @throws TooLargeError past what the tape allows */
export function allocate(tape: GraphTape, dtype: Dtype, shape: Shape, what: string): HostData {
  checkSize(tape, shape, what);
  return dtypes[dtype].make(sizeOf(shape));
}

/** @throws TooLargeError where a result would have more elements than the tape allows */
export function checkSize(tape: GraphTape, shape: Shape, what: string): void {
  const extent = sizeOf(shape.map((size) => Math.max(1, size)));
  if (extent <= tape.mostElements) return;
  throw new TooLargeError(
    `${what} would make an array of shape [${shape}], and ${tape.mostElements} elements are the most`,
  );
}

/** Puts a whole number into an array of integers, cut to the bits that its elements have. */
export function store(data: HostData, index: number, value: bigint): void {
  data[index] = isBig(data) ? value : Number(BigInt.asIntN(8 * data.BYTES_PER_ELEMENT, value));
}

export function isBig(data: HostData): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}
