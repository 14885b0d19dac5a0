import {
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
import { growTo, type Wasm } from './wasm.js';

const NAME = 'cpu';
const BYTES = Float32Array.BYTES_PER_ELEMENT;

interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** What the operations need of memory. */
export interface Arrays {
  readonly kernels: Kernels;
  /** The address of a tensor's elements. */
  at(tensor: Tensor): number;
  /** A new tensor; its elements are whatever the memory held. Ask for the addresses of others first: that may throw. */
  create(shape: Shape): Tensor;
  /** A new handle for the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
  /**
   * Runs `body`, which may ask for memory that it needs only meanwhile, in elements. If it throws, the tensors that it
   * has created are freed.
   */
  work<T>(body: (scratch: (size: number) => number) => T): T;
  /** For the matrix product: memory that nothing else uses. */
  readonly workspace: number;
}

/**
 * Memory: a block of the kernels' linear memory for each tensor. {@link TensorStore} keeps the books and refuses freed
 * and foreign handles.
 */
export function memory({ kernels, memory: linear }: Wasm): Memory & Arrays & { dispose(): void } {
  const heap = new Heap(kernels.heapBase(), (bytes) => growTo(linear, bytes));
  const release = ({ address, bytes }: Block) => heap.free(address, bytes);
  let open: TensorStore<Block> | undefined = new TensorStore<Block>(NAME, BYTES, release);
  /** The tensors of the {@link Arrays.work} that is under way. */
  let made: Tensor[] | undefined;

  const store = () => {
    if (!open) throw new StateError(`${NAME}: the backend was used after it was disposed of`);
    return open;
  };
  const allocate = (size: number): Block => {
    const bytes = size * BYTES;
    const address = heap.allocate(bytes);
    if (address !== undefined) return { address, bytes };
    throw new DeviceError(`${NAME}: out of memory: ${bytes} bytes were asked for, and ${heap.held} are held`);
  };
  const create = (shape: Shape) => {
    const books = store();
    const tensor = books.add([...shape], allocate(sizeOf(shape)));
    made?.push(tensor);
    return tensor;
  };
  const at = (tensor: Tensor) => store().get(tensor).address;
  /** The elements of a tensor; made anew each time, for memory that grows leaves old views behind. */
  const view = (tensor: Tensor) => new Float32Array(linear.buffer, at(tensor), sizeOf(tensor.shape));

  return {
    kernels,
    workspace: allocate(kernels.workspaceBytes() / BYTES).address,
    at,
    create,
    share: (x, shape) => store().add([...shape], store().get(x)),
    work(body) {
      const blocks: Block[] = [];
      const outer = made;
      const own: Tensor[] = [];
      made = own;
      try {
        return body((size) => {
          const block = allocate(size);
          blocks.push(block);
          return block.address;
        });
      } catch (error) {
        for (const tensor of own) store().remove(tensor);
        throw error;
      } finally {
        made = outer;
        for (const block of blocks) release(block);
      }
    },

    upload(data, shape) {
      const tensor = create(shape);
      view(tensor).set(data);
      return tensor;
    },
    read: async (tensor) => view(tensor).slice(),
    free: (tensor) => store().remove(tensor),
    memory: () => store().memory(),
    dispose() {
      open?.clear();
      open = undefined;
    },
  };
}
