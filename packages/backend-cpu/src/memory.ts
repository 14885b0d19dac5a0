import {
  checkUpload,
  DeviceError,
  type Memory,
  type Shape,
  StateError,
  sizeOf,
  type Tensor,
  TensorStore,
} from '@recurra/core';
import { Heap } from './heap.js';
import type { Kernels } from './kernels.generated.js';
import type { Team } from './threads.js';
import { growTo, type Wasm } from './wasm.js';

export const NAME = 'cpu';
const BYTES = Float32Array.BYTES_PER_ELEMENT;
/** Columns of a panel. */
const PANEL = 16;

interface Block {
  readonly address: number;
  readonly bytes: number;
  /** The block's matrix in panels, or parts of it, as they were asked for. */
  panels: Panels[] | undefined;
}

/** Some columns of a block's matrix in panels, or their transpose; the block is taken as rows of `row` elements. */
interface Panels {
  readonly packed: Block;
  readonly columns: Columns;
  readonly row: number;
}

/** Which columns of a matrix are wanted in panels. */
export interface Columns {
  readonly from: number;
  readonly count: number;
  /** In how many parts of the same width, each of which begins with a panel of its own: the gates. */
  readonly parts: number;
  /** Their transpose is wanted, which is one part. */
  readonly transposed: boolean;
}

/** What the operations need of memory. */
export interface Arrays {
  readonly kernels: Kernels;
  /** The address of a tensor's elements. */
  at(tensor: Tensor): number;
  /** A new tensor; its elements are whatever the memory held. Ask for the addresses of others first: that may throw. */
  create(shape: Shape): Tensor;
  /**
   * The address of columns of the matrix `x` in panels. They are packed when they are first asked for, and kept until `x` is
   * {@link written} to or freed.
   */
  panels(x: Tensor, columns: Columns): number;
  /** Says that the elements of `x` were changed in place. */
  written(x: Tensor): void;
  /** The memory from `address` on as whole numbers; not to be kept, for memory that grows leaves it behind. */
  words(address: number): Int32Array;
  /** A new handle for the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
  /**
   * Runs `body`, which may ask `scratch` for memory that it needs only meanwhile, in elements. If it throws, the tensors
   * that it has created are freed.
   */
  work<T>(body: (scratch: (size: number) => number) => T): T;
  /** How many threads a kernel can run on. */
  readonly threads: number;
  readonly team: Team;
  /** For the matrix product: memory that nothing else uses, for each thread. */
  readonly workspace: number;
}

/**
 * Memory: a block of the kernels' linear memory for each tensor. {@link TensorStore} keeps the books and refuses freed
 * and foreign handles.
 */
export function memory({
  kernels,
  memory: linear,
  threads,
  team,
}: Wasm): Memory & Arrays & { dispose(): void } {
  let floats = new Float32Array(linear.buffer);
  const heap = new Heap(kernels.heapBase(), (bytes) => {
    if (!growTo(linear, bytes)) return false;
    // Memory that grows leaves old views behind.
    if (floats.buffer !== linear.buffer) floats = new Float32Array(linear.buffer);
    return true;
  });
  const release = (block: Block) => {
    dropPanels(block);
    heap.free(block.address, block.bytes);
  };
  const dropPanels = (block: Block) => {
    if (!block.panels) return;
    for (const { packed } of block.panels) release(packed);
    block.panels = undefined;
  };
  let open: TensorStore<Block> | undefined = new TensorStore<Block>(NAME, BYTES, release);
  /** What the {@link Arrays.work} under way has asked for; cleared when it ends. */
  const made: Tensor[] = [];
  const blocks: Block[] = [];
  let working = false;

  const store = () => {
    if (!open) throw new StateError(`${NAME}: the backend was used after it was disposed of`);
    return open;
  };
  const allocate = (size: number): Block => {
    const bytes = size * BYTES;
    const address = heap.allocate(bytes);
    if (address !== undefined) return { address, bytes, panels: undefined };
    throw new DeviceError(`${NAME}: out of memory: ${bytes} bytes were asked for, and ${heap.held} are held`);
  };
  const create = (shape: Shape) => {
    const books = store();
    if (team.lost) throw team.lost;
    const tensor = books.add(shape.slice(), allocate(sizeOf(shape)));
    if (working) made.push(tensor);
    return tensor;
  };
  const scratch = (size: number) => {
    if (size === 0) return 0;
    const block = allocate(size);
    blocks.push(block);
    return block.address;
  };
  const at = (tensor: Tensor) => store().get(tensor).address;

  return {
    kernels,
    threads,
    team,
    workspace: allocate((threads * kernels.workspaceBytes()) / BYTES).address,
    at,
    create,
    panels(x, columns) {
      const { from, count, parts, transposed } = columns;
      const block = store().get(x);
      const [rows, row] = x.shape;
      for (const kept of block.panels ?? []) {
        if (kept.row === row && sameColumns(kept.columns, columns)) return kept.packed.address;
      }
      const [k, n] = transposed ? [count, rows] : [rows, count / parts];
      const size = Math.ceil(n / PANEL) * PANEL * k;
      const packed = allocate(parts * size);
      for (let part = 0; part < parts; part++) {
        const start = block.address + (from + part * n) * BYTES;
        kernels.packPanels(start, row, transposed, k, n, packed.address + part * size * BYTES);
      }
      block.panels ??= [];
      block.panels.push({ packed, columns, row });
      return packed.address;
    },
    written: (x) => dropPanels(store().get(x)),
    words: (address) => new Int32Array(linear.buffer, address),
    share: (x, shape) => store().share(x, shape.slice()),
    work(body) {
      working = true;
      try {
        return body(scratch);
      } catch (error) {
        for (const tensor of made) store().remove(tensor);
        throw error;
      } finally {
        working = false;
        // Taken out one by one: an array whose length is set to 0 starts with no memory the next time.
        while (made.length > 0) made.pop();
        for (let block = blocks.pop(); block; block = blocks.pop()) release(block);
      }
    },

    upload(data, shape) {
      checkUpload(NAME, data, shape);
      const tensor = create(shape);
      floats.set(data, at(tensor) / BYTES);
      return tensor;
    },
    async read(tensor) {
      const start = at(tensor) / BYTES;
      return floats.slice(start, start + sizeOf(tensor.shape));
    },
    free: (tensor) => store().remove(tensor),
    memory: () => store().memory(),
    dispose() {
      if (open && threads > 1) {
        team.dismissed = true;
        kernels.dismiss();
      }
      open?.clear();
      open = undefined;
    },
  };
}

function sameColumns(a: Columns, b: Columns): boolean {
  return a.from === b.from && a.count === b.count && a.parts === b.parts && a.transposed === b.transposed;
}
