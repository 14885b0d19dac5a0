/*
 * A backend runs array operations for core. It has
 *
 *   required operations     about twenty functions for arrays and memory, which suffice to train every model;
 *   optional fused kernels  fast versions of whole layers, which accept or decline each request.
 *
 * Rules for all members:
 *   - Calls enqueue work and return a handle immediately. Only `read` waits.
 *   - Core checks ranks, shapes and options before a call, so a backend need not check them again. The exceptions are
 *     `upload` and `fill`, which receive an application's own numbers and sizes: see `checkUpload` and `checkShape`.
 *   - Every result is a new handle, even if it shares storage (`reshape`). The caller owns it and frees it. No call frees or
 *     changes its arguments, with two exceptions, described in fused.ts: `optimizer.step` consumes its parameters and
 *     states, and `backward` may overwrite `saved`.
 *   - `read` returns the elements at the time of the call, even if the tensor is freed or overwritten before it resolves.
 *   - Using a handle that was freed, or that belongs to another backend, throws a typed error (`TensorStore` does this for
 *     you).
 *   - NaN in an argument gives NaN in the result, except for `step` (0) and `select` (the branch that is not chosen). NaN is
 *     not zero: as a condition of `select` it chooses `a`.
 *   - A dimension of 0 is allowed if the result is defined.
 *
 * Backends can use two optimisations:
 *   - A backend may cache weights in its own layout (packed panels, textures), keyed by the parameter's handle. A cache
 *     entry becomes invalid when the handle is freed or passed to `optimizer.step`; nothing else changes a parameter's
 *     elements.
 *   - A backend should reuse the buffers of freed tensors, because each training step allocates and frees the same sizes.
 */
import type { FusedKernels } from './fused.js';
import type { Shape, Tensor, TensorData } from './tensor.js';

/**
 * Functions of one number. `step` is 1 above zero and 0 elsewhere. `softplus` is log(1 + exp(x)), without overflow.
 * `sigmoid` and `tanh` saturate; they only return NaN for NaN.
 */
export type UnaryOp = 'exp' | 'log' | 'sqrt' | 'abs' | 'relu' | 'sigmoid' | 'tanh' | 'softplus' | 'step';

/**
 * Functions of two numbers, with NumPy's broadcasting. `maximum` and `minimum` return NaN if either argument is NaN.
 */
export type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';

/**
 * The version of this contract. It can change in any 0.x release of core; docs/contract.md lists the changes.
 */
export const contractVersion = 2;

/**
 * The required operations. They are closed under differentiation: core computes the gradient of each with the same
 * operations.
 */
export interface Operations {
  /**
   * Matrix product, `[m, k] · [k, n] → [m, n]`, or a batch of them: `[b, m, k] · [b, k, n] → [b, m, n]`. A transposed
   * operand is stored with its last two dimensions exchanged.
   */
  matmul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor;
  /** Applies a function element by element. */
  unary(op: UnaryOp, x: Tensor): Tensor;
  /** Applies a function element by element, with broadcasting. */
  binary(op: BinaryOp, a: Tensor, b: Tensor): Tensor;
  /** `x · scale + shift`, with plain numbers. */
  affine(x: Tensor, scale: number, shift: number): Tensor;
  /**
   * `a` where `condition` is not zero (NaN counts as not zero), otherwise `b`; all three are broadcast. The branch that
   * is not chosen may be NaN.
   */
  select(condition: Tensor, a: Tensor, b: Tensor): Tensor;
  /** Sum over `axes`, which are kept as dimensions of 1. An empty sum is 0. */
  sum(x: Tensor, axes: readonly number[]): Tensor;
  /** Maximum over `axes`, which are kept as dimensions of 1 and are not empty. */
  max(x: Tensor, axes: readonly number[]): Tensor;
  /** exp(x) / Σ exp(x) over the last axis, shifted by the maximum. */
  softmax(x: Tensor): Tensor;
  /** Logarithm of the softmax over the last axis, computed without the softmax itself. */
  logSoftmax(x: Tensor): Tensor;
  /** The same elements in row-major order with another shape. */
  reshape(x: Tensor, shape: Shape): Tensor;
  /** Axis `i` of the result is axis `permutation[i]` of `x`. */
  transpose(x: Tensor, permutation: readonly number[]): Tensor;
  /** The block of shape `size` that starts at `begin`. */
  slice(x: Tensor, begin: readonly number[], size: Shape): Tensor;
  /** Concatenates at least one tensor along `axis`. */
  concat(xs: readonly Tensor[], axis: number): Tensor;
  /**
   * The rows of `table [n, f]` with the indices `indices [m]` → `[m, f]`. Indices are whole numbers from 0 to n − 1,
   * stored as floats.
   */
  gather(table: Tensor, indices: Tensor): Tensor;
  /** Adds row i of `updates [m, f]` to row `indices[i]` of zeros `[rows, f]`; repeated indices add up. */
  scatterAdd(indices: Tensor, updates: Tensor, rows: number): Tensor;
  /**
   * A tensor whose elements are all `value`. @throws ShapeError for an invalid shape; DeviceError if the tensor is too
   * large
   */
  fill(shape: Shape, value: number): Tensor;
}

/** The current memory use of a backend. */
export interface MemoryUse {
  /** The number of handles that have not been freed. */
  readonly tensors: number;
  /** The number of bytes that these handles hold; storage that two handles share counts once. */
  readonly bytes: number;
}

/** The required operations on memory. */
export interface Memory {
  /**
   * Creates a tensor from row-major `data`, which is copied before the call returns.
   * @throws ShapeError for an invalid shape, or `data` of the wrong length; DeviceError if the tensor is too large
   */
  upload(data: ArrayLike<number>, shape: Shape): Tensor;
  /** Returns the elements in a new array, after all work that was enqueued before has run. */
  read(x: Tensor): Promise<TensorData>;
  /** Frees the handle's memory. The handle must not be used afterwards. */
  free(x: Tensor): void;
  /** Returns the current memory use, without waiting and without side effects. */
  memory(): MemoryUse;
}

/** An optional part of a backend: memory for int8 weights. A backend that has none gets all weights as floats. */
export interface Int8Memory {
  /**
   * Creates a handle, with `int8: true`, of the matrix [K, N] whose element (k, n) is `values[k · N + n] · scales[n]`. The
   * data is copied before the call returns. Core passes such handles to `free`, and as weights to the fused kernels
   * `recurrent` and `dense` in requests whose `int8` is true; never to an operation, `read` or `optimizer.step`.
   *
   * @param values K · N whole numbers from −128 to 127, row by row
   * @param scales N finite numbers, not negative
   * @throws ShapeError if the lengths do not match `shape`; DeviceError if the matrix is too large
   */
  upload(values: Int8Array, scales: Float32Array, shape: Shape): Tensor;
}

/**
 * An optional part of a backend: the choice of a form where a kernel has several. Forms compute the same, up to rounding, and
 * differ in speed; which one is fastest depends on the device and the sizes. A choice holds for all requests with one key, and
 * for the whole backend. Once a request has run, the form for its key stays: only `use` changes it. A backend may measure forms in
 * `prepare`, for keys that have no choice yet; it must not choose by the name of a device. See {@link RecurrentKernel.formsOf}.
 */
export interface KernelForms {
  /**
   * The choices so far, also those of requests that have run: the form by the key. An application may store them as JSON, for the
   * same device.
   */
  choices(): Readonly<Record<string, string>>;
  /**
   * Makes choices; other keys keep theirs. They may come from a file, so all are checked first.
   * @throws OptionError for an unknown key, or a form that its requests cannot have; it names what was expected, and nothing
   *   has changed
   */
  use(choices: Readonly<Record<string, string>>): void;
}

/**
 * The capabilities that a backend may lack, if it declares this:
 * - `fused`: fused kernels;
 * - `nan`: NaN passes through the required operations, as in the rules above;
 * - `infinity`: infinities pass through the required operations, and so does the NaN that results from them (∞ − ∞);
 * - `fusedNan`: NaN passes through the fused kernels as it does through core's compositions;
 * - `denormals`: results below 2⁻¹²⁶ are not flushed to zero;
 * - `determinism`: the same calls give bit-identical results;
 * - `largeTensors`: tensors of 2²⁴ elements or more;
 * - `coexistence`: two backends of the same kind at the same time.
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

/**
 * A backend; see the rules at the top of this file. An async function of its package creates it: `await cpu({ threads:
 * 2 })`.
 */
export interface Backend extends Operations, Memory {
  /** The {@link contractVersion} as a literal number. Core rejects a backend with another version. */
  readonly contractVersion: typeof contractVersion;
  /** A short lower-case name: `cpu`, `webgpu`. */
  readonly name: string;
  /** A description of the device, for people to read: `WebAssembly SIMD128, 1 thread`. */
  readonly device: string;
  /** True if the GPU is emulated in software. Undefined for CPU backends. */
  readonly software?: boolean;
  /** The precision of the arithmetic and of the data that {@link read} returns. */
  readonly precision: 'float32' | 'float64';
  /** The optional fused kernels; `{}` if there are none. */
  readonly fused: FusedKernels;
  /** Memory for int8 weights, if a fused kernel of the backend takes them. */
  readonly int8?: Int8Memory;
  /** The choice of forms, if a fused kernel of the backend has several. */
  readonly forms?: KernelForms;
  /**
   * The capabilities that the backend lacks, each with the reason. The conformance suite skips cases only for these.
   */
  readonly lacks?: Readonly<Partial<Record<Capability, string>>>;
  /** Resolves with an error when the device is lost, and never rejects. Later calls throw this error. */
  readonly lost?: Promise<Error>;
  /** Frees everything. Every later call throws a typed error, except that `dispose` may be called again. */
  dispose(): void;
}
