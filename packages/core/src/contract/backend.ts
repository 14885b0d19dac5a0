/*
 * A backend runs array operations for core. It has
 *
 *   required operations     about twenty functions, for arrays and memory: enough to train every model;
 *   optional fused kernels  for what is hot: taken or declined request by request.
 *
 * Rules that hold for every member:
 *   - Calls enqueue work and return a handle at once. Only `read` waits.
 *   - Core has checked ranks, shapes and options before it calls; a backend need not do so again. The exceptions are
 *     `upload` and `fill`, through which an application's own numbers and sizes arrive: see `checkUpload` and `checkShape`.
 *   - Every result is a new handle, also where it shares storage (`reshape`). The caller owns it, and frees it. No call
 *     frees or changes its arguments. There are two exceptions, stated in fused.ts: `optimizer.step` consumes its
 *     parameters and states, and `backward` may overwrite `saved`.
 *   - `read` gives the elements as they are when it is called, whatever is freed or overwritten before it resolves.
 *   - A handle that was freed, or that another backend made, is a typed error (`TensorStore` does this for you).
 *   - NaN goes in, NaN comes out: no operation hides it, except `step` (0) and `select` (the branch that is not chosen). NaN
 *     is not zero: as a condition of `select` it chooses `a`.
 *   - A dimension of 0 is legal wherever the result is defined.
 *
 * Two things make a backend fast, and core allows both:
 *   - Weights in a layout of the backend's own (packed panels, textures) may be kept from call to call by the handle of the
 *     parameter. They are out of date once the handle is freed or goes through `optimizer.step`; nothing else changes a
 *     parameter's elements.
 *   - Buffers of freed tensors should be used again: a training step allocates and frees the same sizes as the one before.
 */
import type { FusedKernels } from './fused.js';
import type { Shape, Tensor, TensorData } from './tensor.js';

/**
 * Functions of one number. `step` is 1 above zero and 0 elsewhere; `softplus` is log(1 + exp(x)) and does not
 * overflow; `sigmoid` and `tanh` saturate and never give NaN for a finite or infinite argument.
 */
export type UnaryOp = 'exp' | 'log' | 'sqrt' | 'abs' | 'relu' | 'sigmoid' | 'tanh' | 'softplus' | 'step';

/** Functions of two numbers, with NumPy's broadcasting. `maximum` and `minimum` pass NaN on from either side. */
export type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';

/**
 * The version of this contract that a backend is written against. Versions 0.x of core change it; docs/contract.md says what
 * changed.
 */
export const contractVersion = 2;

/** Required operations, closed under differentiation: the gradient of each is written in core with the same ones. */
export interface Operations {
  /**
   * `[m, k] · [k, n] → [m, n]`, or one such product for each index of a leading dimension: `[b, m, k] · [b, k, n] →
   * [b, m, n]`. A transposed operand is stored with its last two dimensions exchanged.
   */
  matmul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor;
  /** Element by element. */
  unary(op: UnaryOp, x: Tensor): Tensor;
  /** Element by element, broadcast. */
  binary(op: BinaryOp, a: Tensor, b: Tensor): Tensor;
  /** `x · scale + shift`, with plain numbers. */
  affine(x: Tensor, scale: number, shift: number): Tensor;
  /** `a` where `condition` is not zero (NaN is not), else `b`; all three broadcast. The branch that is not chosen may be NaN. */
  select(condition: Tensor, a: Tensor, b: Tensor): Tensor;
  /** Sum over `axes`, which stay as dimensions of 1. An empty sum is 0. */
  sum(x: Tensor, axes: readonly number[]): Tensor;
  /** Largest value over `axes`, which stay as dimensions of 1 and are not empty. */
  max(x: Tensor, axes: readonly number[]): Tensor;
  /** exp(x) / Σ exp(x) over the last axis, shifted by the maximum. */
  softmax(x: Tensor): Tensor;
  /** log of softmax over the last axis, computed without forming it. */
  logSoftmax(x: Tensor): Tensor;
  /** The same elements in row-major order under another shape. */
  reshape(x: Tensor, shape: Shape): Tensor;
  /** Axis `i` of the result is axis `permutation[i]` of `x`. */
  transpose(x: Tensor, permutation: readonly number[]): Tensor;
  /** The block of `size` that starts at `begin`. */
  slice(x: Tensor, begin: readonly number[], size: Shape): Tensor;
  /** Joined along `axis`; at least one. */
  concat(xs: readonly Tensor[], axis: number): Tensor;
  /** Rows of `table [n, f]` named by `indices [m]` → `[m, f]`. Indices are whole numbers from 0 to n − 1, held as floats. */
  gather(table: Tensor, indices: Tensor): Tensor;
  /** `[rows, f]` of zeros, to whose row `indices[i]` row i of `updates [m, f]` is added; repeated indices add up. */
  scatterAdd(indices: Tensor, updates: Tensor, rows: number): Tensor;
  /** Every element `value`. @throws ShapeError for a shape that cannot be; DeviceError where it is too large */
  fill(shape: Shape, value: number): Tensor;
}

/** What is alive on a backend now. */
export interface MemoryUse {
  /** Handles not yet freed. */
  readonly tensors: number;
  /** Bytes that those handles hold; storage shared by two handles counts once. */
  readonly bytes: number;
}

/** Required operations on memory. */
export interface Memory {
  /**
   * A tensor of `data`, row-major; the data is copied before the call returns.
   * @throws ShapeError for a shape that cannot be, or `data` of another length; DeviceError where it is too large
   */
  upload(data: ArrayLike<number>, shape: Shape): Tensor;
  /** The elements, once all that was enqueued before has run. A fresh array each time. */
  read(x: Tensor): Promise<TensorData>;
  /** Gives the handle's memory back. The handle is dead from here on. */
  free(x: Tensor): void;
  /** Counts, at once and without side effects. */
  memory(): MemoryUse;
}

/**
 * What a backend may lack, if it says so:
 * - `fused`: any fused kernel at all;
 * - `nan`: NaN passes through the required operations as the rules say;
 * - `infinity`: infinities pass through the required operations, and so does the NaN that comes of them (∞ − ∞);
 * - `fusedNan`: NaN passes through the fused kernels as it does through what core composes;
 * - `denormals`: results below 2⁻¹²⁶ are not flushed to zero;
 * - `determinism`: the same calls give the same bits;
 * - `largeTensors`: a tensor of 2²⁴ elements and more;
 * - `coexistence`: a second backend of the same kind beside the first.
 */
export type Capability =
  | 'fused'
  | 'nan'
  | 'infinity'
  | 'fusedNan'
  | 'denormals'
  | 'determinism'
  | 'largeTensors'
  | 'coexistence';

/** See the rules at the top of this file. Made by an async function of its package: `await cpu({ threads: 2 })`. */
export interface Backend extends Operations, Memory {
  /** {@link contractVersion}, written as a number: core refuses a backend of another version. */
  readonly contractVersion: typeof contractVersion;
  /** Short and lower-case: `cpu`, `webgpu`. */
  readonly name: string;
  /** What it runs on, for people: `WebAssembly SIMD128, 1 thread`. */
  readonly device: string;
  /** True if the GPU is emulated in software. Undefined for CPU backends. */
  readonly software?: boolean;
  /** The precision of its arithmetic and of what {@link read} returns. */
  readonly precision: 'float32' | 'float64';
  /** Optional fused kernels; `{}` where there are none. */
  readonly fused: FusedKernels;
  /** What it does not do, and why: the only reason for which the conformance suite skips a case. */
  readonly lacks?: Readonly<Partial<Record<Capability, string>>>;
  /** Resolves, never rejects, once the device is lost; later calls throw the error it resolves with. */
  readonly lost?: Promise<Error>;
  /** Frees everything. Every later call is a typed error; a second `dispose` does nothing. */
  dispose(): void;
}
