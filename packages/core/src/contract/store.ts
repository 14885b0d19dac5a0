import { ForeignTensorError, FreedTensorError, ShapeError } from '../errors.js';
import type { MemoryUse } from './backend.js';
import { type Shape, sizeOf, type Tensor } from './tensor.js';

/** A storage with the number of handles that refer to it. After its release, the entry is used for another storage. */
interface Entry<Storage> {
  /** Undefined after its release. */
  storage: Storage | undefined;
  bytes: number;
  handles: number;
  /** The index of this entry in the list of entries. */
  index: number;
}

class StoredTensor<Storage> implements Tensor {
  readonly shape: Shape;
  readonly store: TensorStore<Storage>;
  readonly int8: boolean;
  /** Undefined after the handle was freed. */
  entry: Entry<Storage> | undefined;

  constructor(shape: Shape, store: TensorStore<Storage>, entry: Entry<Storage>, int8: boolean) {
    this.shape = shape;
    this.store = store;
    this.int8 = int8;
    this.entry = entry;
  }
}

/**
 * Manages the tensors of one backend: the storage of each handle, and the memory use. Using a freed or foreign handle
 * throws a typed error. Several handles may {@link share} one storage; `release` is called when the last of them is
 * freed.
 */
export class TensorStore<Storage> {
  readonly #name: string;
  readonly #bytesPerElement: number;
  readonly #releaseStorage: (storage: Storage) => void;
  /**
   * The entries in use, in any order, and after them those that can be used again. An array, because a Map that grows and
   * shrinks all the time keeps the garbage collector busy, as new entries would.
   */
  #entries: Entry<Storage>[] = [];
  /** The number of entries in use. */
  #storages = 0;
  #tensors = 0;
  #bytes = 0;

  /** @param release frees the resources of a storage. Default: does nothing, which suits plain arrays */
  constructor(name: string, bytesPerElement: number, release: (storage: Storage) => void = () => {}) {
    this.#name = name;
    this.#bytesPerElement = bytesPerElement;
    this.#releaseStorage = release;
  }

  /** Creates a handle of `shape` for a new storage. */
  add(shape: Shape, storage: Storage): Tensor {
    return this.#add(shape, storage, sizeOf(shape) * this.#bytesPerElement, false);
  }

  /** Creates a handle for a new storage of int8 weights [K, N] with N scales. */
  addInt8(shape: Shape, storage: Storage): Tensor {
    return this.#add(shape, storage, sizeOf(shape) + shape[1] * Float32Array.BYTES_PER_ELEMENT, true);
  }

  #add(shape: Shape, storage: Storage, bytes: number, int8: boolean): Tensor {
    const index = this.#storages++;
    if (index === this.#entries.length) this.#entries.push({ storage, bytes, handles: 0, index });
    const entry = this.#entries[index];
    entry.storage = storage;
    entry.bytes = bytes;
    this.#bytes += bytes;
    return this.#handle(shape, entry, int8);
  }

  /**
   * Creates another handle for the storage of `tensor`, with a `shape` of the same number of elements.
   * @throws ShapeError if the numbers of elements differ
   */
  share(tensor: Tensor, shape: Shape): Tensor {
    const entry = this.#entryOf(tensor);
    if (sizeOf(shape) !== sizeOf(tensor.shape)) {
      throw new ShapeError(
        `${this.#name}: a tensor of [${tensor.shape}] has ${sizeOf(tensor.shape)} elements, but [${shape}] has ${sizeOf(shape)}`,
      );
    }
    return this.#handle(shape, entry, false);
  }

  /**
   * Returns the storage of a handle.
   * @throws FreedTensorError after {@link remove}; ForeignTensorError for another backend's handle
   */
  get(tensor: Tensor): Storage {
    return this.#entryOf(tensor).storage as Storage;
  }

  /** Frees a handle. If it is the last one of its storage, the storage is released. */
  remove(tensor: Tensor): void {
    const entry = this.#entryOf(tensor);
    (tensor as StoredTensor<Storage>).entry = undefined;
    this.#tensors -= 1;
    entry.handles -= 1;
    if (entry.handles === 0) this.#end(entry);
  }

  /** Frees every handle. */
  clear(): void {
    // Handles that are still there refer to these entries, which are therefore not used again.
    const entries = this.#entries.slice(0, this.#storages);
    this.#entries = [];
    this.#storages = 0;
    for (const entry of entries) {
      this.#tensors -= entry.handles;
      entry.handles = 0;
      this.#release(entry);
    }
  }

  memory(): MemoryUse {
    return { tensors: this.#tensors, bytes: this.#bytes };
  }

  #handle(shape: Shape, entry: Entry<Storage>, int8: boolean): Tensor {
    entry.handles += 1;
    this.#tensors += 1;
    return new StoredTensor(shape, this, entry, int8);
  }

  #end(entry: Entry<Storage>): void {
    const entries = this.#entries;
    const last = entries[--this.#storages];
    entries[entry.index] = last;
    entries[this.#storages] = entry;
    last.index = entry.index;
    entry.index = this.#storages;
    this.#release(entry);
  }

  #release(entry: Entry<Storage>): void {
    const { storage } = entry;
    entry.storage = undefined;
    this.#bytes -= entry.bytes;
    this.#releaseStorage(storage as Storage);
  }

  #entryOf(tensor: Tensor): Entry<Storage> {
    if (!(tensor instanceof StoredTensor) || tensor.store !== this) throw new ForeignTensorError(this.#name);
    const { entry } = tensor;
    if (!entry?.handles) throw new FreedTensorError(this.#name, tensor.shape);
    return entry;
  }
}
