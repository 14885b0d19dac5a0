import { ForeignTensorError, FreedTensorError, ShapeError } from '../errors.js';
import type { MemoryUse } from './backend.js';
import { type Shape, sizeOf, type Tensor } from './tensor.js';

/** A storage, and how many handles refer to it: none once it has been released. */
interface Entry<Storage> {
  readonly storage: Storage;
  readonly bytes: number;
  handles: number;
  /** Its index among the entries. */
  index: number;
}

class StoredTensor<Storage> implements Tensor {
  readonly shape: Shape;
  readonly store: TensorStore<Storage>;
  /** Undefined once the handle was freed. */
  entry: Entry<Storage> | undefined;

  constructor(shape: Shape, store: TensorStore<Storage>, entry: Entry<Storage>) {
    this.shape = shape;
    this.store = store;
    this.entry = entry;
  }
}

/**
 * The tensors of one backend: the storage of each handle, and how many there are. It turns the use of a freed or
 * foreign handle into a typed error. Several handles may {@link share} one storage; `release` is called when the last
 * is freed.
 */
export class TensorStore<Storage> {
  readonly #name: string;
  readonly #bytesPerElement: number;
  readonly #release: (storage: Storage) => void;
  /** Unordered. An array, because a Map that grows and shrinks all the time keeps the garbage collector busy. */
  readonly #entries: Entry<Storage>[] = [];
  #tensors = 0;
  #bytes = 0;

  /** @param release gives back what a storage holds; nothing to do for a plain array. */
  constructor(name: string, bytesPerElement: number, release: (storage: Storage) => void = () => {}) {
    this.#name = name;
    this.#bytesPerElement = bytesPerElement;
    this.#release = release;
  }

  /** A handle of `shape` for a storage that has none yet. */
  add(shape: Shape, storage: Storage): Tensor {
    const bytes = sizeOf(shape) * this.#bytesPerElement;
    const entry = { storage, bytes, handles: 0, index: this.#entries.length };
    this.#entries.push(entry);
    this.#bytes += bytes;
    return this.#handle(shape, entry);
  }

  /**
   * Another handle for the storage of `tensor`, of a `shape` with as many elements.
   * @throws ShapeError where it has another number of elements
   */
  share(tensor: Tensor, shape: Shape): Tensor {
    const entry = this.#entryOf(tensor);
    if (sizeOf(shape) !== sizeOf(tensor.shape)) {
      throw new ShapeError(
        `${this.#name}: a tensor of [${tensor.shape}] has ${sizeOf(tensor.shape)} elements, and [${shape}] has ${sizeOf(shape)}`,
      );
    }
    return this.#handle(shape, entry);
  }

  /**
   * The storage of a handle.
   * @throws FreedTensorError after {@link remove}; ForeignTensorError for another backend's handle
   */
  get(tensor: Tensor): Storage {
    return this.#entryOf(tensor).storage;
  }

  /** Frees a handle, and with the last one its storage. */
  remove(tensor: Tensor): void {
    const entry = this.#entryOf(tensor);
    (tensor as StoredTensor<Storage>).entry = undefined;
    this.#tensors -= 1;
    entry.handles -= 1;
    if (entry.handles === 0) this.#end(entry);
  }

  /** Frees every handle. */
  clear(): void {
    for (const entry of [...this.#entries]) {
      this.#tensors -= entry.handles;
      entry.handles = 0;
      this.#end(entry);
    }
  }

  memory(): MemoryUse {
    return { tensors: this.#tensors, bytes: this.#bytes };
  }

  #handle(shape: Shape, entry: Entry<Storage>): Tensor {
    entry.handles += 1;
    this.#tensors += 1;
    return new StoredTensor(shape, this, entry);
  }

  #end(entry: Entry<Storage>): void {
    const last = this.#entries.pop() as Entry<Storage>;
    if (last !== entry) {
      this.#entries[entry.index] = last;
      last.index = entry.index;
    }
    this.#bytes -= entry.bytes;
    this.#release(entry.storage);
  }

  #entryOf(tensor: Tensor): Entry<Storage> {
    if (!(tensor instanceof StoredTensor) || tensor.store !== this) throw new ForeignTensorError(this.#name);
    const { entry } = tensor;
    if (!entry?.handles) throw new FreedTensorError(this.#name, tensor.shape);
    return entry;
  }
}
