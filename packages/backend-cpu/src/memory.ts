import { DeviceError, type Shape, StateError, type Tensor } from '@recurra/core';
import { checkUpload, type Int8Memory, type Memory, sizeOf, TensorStore } from '@recurra/core/backend';
import { PANEL } from './abi.generated.js';
import { Heap } from './heap.js';
import type { Kernels } from './kernels.generated.js';
import type { ThreadPool } from './thread-pool.js';
import { growTo, type Wasm } from './wasm.js';

export const NAME = 'cpu';
const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** Memory of a tensor, of packed copies or of scratch. After its release, the object is used for another block. */
interface Block {
  address: number;
  bytes: number;
  /** The packed copies of the block's matrix, made on request. */
  packed: PackedCopy[] | undefined;
  /** The address of the scales of int8 weights, which follow them in the block; 0 for floats. */
  scales: number;
}

/** Columns of a block's matrix, or their transpose, packed into panels. */
interface PackedCopy {
  readonly block: Block;
  readonly columns: Columns;
  /** The row length of the matrix, since tensors that share a block may differ in shape. */
  readonly rowLength: number;
}

/** The columns of a matrix to pack into panels. */
export interface Columns {
  readonly from: number;
  readonly count: number;
  /** The number of parts (the gates) of equal width that each start with a new panel. 1 if transposed. */
  readonly parts: number;
  /** Pack the transpose of the columns. */
  readonly transposed: boolean;
}

/** The parts of the backend's memory and threads that the operations use. */
export interface Context {
  readonly kernels: Kernels;
  /** The address of a tensor's elements. */
  addressOf(tensor: Tensor): number;
  /** The address of a tensor's elements, or 0 if there is no tensor. */
  addressOrZero(tensor: Tensor | undefined): number;
  /**
   * A new tensor with undefined contents, which keeps the array `shape`. Take the addresses of the inputs first, because that
   * may throw.
   */
  create(shape: Shape): Tensor;
  /**
   * The address of columns of the matrix `x`, floats or int8 weights, packed into panels. They are packed on the first call, and the copy is kept
   * until {@link markChanged} is called for `x`, or `x` is freed.
   */
  packedPanels(x: Tensor, columns: Columns): number;
  /** Copies the elements of `x` to address `to`, or writes zeros if there is no `x`. */
  initialize(x: Tensor | undefined, to: number, size: number): void;
  /** The address of the scales of int8 weights; 0 for floats. */
  scalesOf(x: Tensor): number;
  /** Must be called after the elements of `x` have been changed in place. */
  markChanged(x: Tensor): void;
  /** Where the kernels read the arguments of a task. Valid until memory grows, so do not keep it. */
  taskArgs(): Int32Array;
  /** A new handle to the elements of `x`. */
  alias(x: Tensor, shape: Shape): Tensor;
  /**
   * Runs `body`, which may call `scratch` for the address of scratch memory of that many elements. The scratch memory is
   * freed at the end. If `body` throws, the tensors that it created are freed too.
   */
  scoped<T>(body: (scratch: (size: number) => number) => T): T;
  /** The number of threads in the pool. */
  readonly threads: number;
  readonly pool: ThreadPool;
  /** Scratch memory for the matrix products of every thread. */
  readonly workspace: number;
}

/**
 * The backend's memory: each tensor is a block of the kernels' linear memory. {@link TensorStore} tracks the
 * tensors, and rejects handles that were freed or belong to another backend.
 */
export function memory({
  kernels,
  memory: linear,
  threads,
  pool,
}: Wasm): Memory & Context & { int8: Int8Memory; dispose(): void } {
  let floats = new Float32Array(linear.buffer);
  let args = new Int32Array(linear.buffer, kernels.taskArgsAddress());
  const heap = new Heap(kernels.heapBase(), (bytes) => {
    if (!growTo(linear, bytes)) return false;
    // Growing the memory replaces its buffer.
    if (floats.buffer !== linear.buffer) {
      floats = new Float32Array(linear.buffer);
      args = new Int32Array(linear.buffer, kernels.taskArgsAddress());
    }
    return true;
  });
  /** Objects of released blocks. New ones for each tensor would keep the garbage collector busy. */
  const spareBlocks: Block[] = [];
  const release = (block: Block) => {
    dropPacked(block);
    heap.free(block.address, block.bytes);
    spareBlocks.push(block);
  };
  const dropPacked = (block: Block) => {
    if (!block.packed) return;
    for (const copy of block.packed) release(copy.block);
    block.packed = undefined;
  };
  let openStore: TensorStore<Block> | undefined = new TensorStore<Block>(NAME, BYTES, release);
  /** The tensors and the scratch memory of the running {@link Context.scoped}. */
  const scopeTensors: Tensor[] = [];
  const scopeBlocks: Block[] = [];
  let inScope = false;

  const store = () => {
    if (!openStore) throw new StateError(`${NAME}: the backend was used after it was disposed of`);
    return openStore;
  };
  const allocate = (size: number): Block => {
    const bytes = size * BYTES;
    const address = heap.allocate(bytes);
    if (address === undefined)
      throw new DeviceError(
        `${NAME}: out of memory: ${bytes} bytes were asked for, and ${heap.held} are held`,
      );
    const block = spareBlocks.pop();
    if (!block) return { address, bytes, packed: undefined, scales: 0 };
    block.address = address;
    block.bytes = bytes;
    block.scales = 0;
    return block;
  };
  const create = (shape: Shape) => {
    const tensors = store();
    if (pool.lost) throw pool.lost;
    const tensor = tensors.add(shape, allocate(sizeOf(shape)));
    if (inScope) scopeTensors.push(tensor);
    return tensor;
  };
  const scratch = (size: number) => {
    if (size === 0) return 0;
    const block = allocate(size);
    scopeBlocks.push(block);
    return block.address;
  };
  const addressOf = (tensor: Tensor) => store().get(tensor).address;
  const addressOrZero = (tensor: Tensor | undefined) => (tensor ? addressOf(tensor) : 0);

  return {
    kernels,
    threads,
    pool,
    workspace: allocate((threads * kernels.workspaceBytes()) / BYTES).address,
    addressOf,
    addressOrZero,
    create,
    packedPanels(x, columns) {
      const { from, count, parts, transposed } = columns;
      const source = store().get(x);
      const [rows, rowLength] = x.shape;
      for (const copy of source.packed ?? []) {
        if (copy.rowLength === rowLength && sameColumns(copy.columns, columns)) return copy.block.address;
      }
      const [k, n] = transposed ? [count, rows] : [rows, count / parts];
      const width = Math.ceil(n / PANEL) * PANEL;
      // Panels of int8 weights have an even number of rows.
      const bytes = source.scales ? width * 2 * Math.ceil(k / 2) : width * k * BYTES;
      const block = allocate(Math.ceil((parts * bytes) / BYTES));
      for (let part = 0; part < parts; part++) {
        const start = from + part * n;
        const to = block.address + part * bytes;
        if (source.scales) kernels.packInt8Panels(source.address + start, rowLength, k, n, to);
        else kernels.packPanels(source.address + start * BYTES, rowLength, transposed, k, n, to);
      }
      source.packed ??= [];
      source.packed.push({ block, columns, rowLength });
      return block.address;
    },
    initialize(x, to, size) {
      if (x) kernels.copy(addressOf(x), 0, 0, 0, 1, to, 0, 0, 0, 1, 1, 1, 1, size);
      else kernels.fill(to, 0, size);
    },
    scalesOf: (x) => store().get(x).scales,
    markChanged: (x) => dropPacked(store().get(x)),
    taskArgs: () => args,
    alias: (x, shape) => store().share(x, shape.slice()),
    scoped(body) {
      inScope = true;
      try {
        return body(scratch);
      } catch (error) {
        for (const tensor of scopeTensors) store().remove(tensor);
        throw error;
      } finally {
        inScope = false;
        // One by one, because V8 frees the memory of an array whose length is set to 0.
        while (scopeTensors.length > 0) scopeTensors.pop();
        for (let block = scopeBlocks.pop(); block; block = scopeBlocks.pop()) release(block);
      }
    },

    upload(data, shape) {
      checkUpload(NAME, data, shape);
      const tensor = create(shape.slice());
      // Converting many numbers while writing them to a shared memory takes four times as long.
      const converts = threads > 1 && data.length > 1024 && !(data instanceof Float32Array);
      floats.set(converts ? new Float32Array(data) : data, addressOf(tensor) / BYTES);
      return tensor;
    },
    int8: {
      upload(values, scales, shape) {
        const tensors = store();
        checkUpload(NAME, values, shape);
        checkUpload(NAME, scales, shape.slice(-1));
        if (pool.lost) throw pool.lost;
        const offset = Math.ceil(values.length / BYTES);
        const block = allocate(offset + scales.length);
        new Int8Array(linear.buffer).set(values, block.address);
        floats.set(scales, block.address / BYTES + offset);
        block.scales = block.address + offset * BYTES;
        return tensors.addInt8(shape.slice(), block);
      },
    },
    async read(tensor) {
      const start = addressOf(tensor) / BYTES;
      return floats.slice(start, start + sizeOf(tensor.shape));
    },
    free: (tensor) => store().remove(tensor),
    memory: () => store().memory(),
    dispose() {
      if (openStore && threads > 1) {
        pool.stopping = true;
        kernels.stopPool();
      }
      openStore?.clear();
      openStore = undefined;
    },
  };
}

function sameColumns(a: Columns, b: Columns): boolean {
  return a.from === b.from && a.count === b.count && a.parts === b.parts && a.transposed === b.transposed;
}
