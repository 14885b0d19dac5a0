import { ForeignTensorError, FreedTensorError } from '../errors.js';
import type { MemoryUse } from './backend.js';
import { type Shape, sizeOf, type Tensor } from './tensor.js';

class StoredTensor<Storage> implements Tensor {
  storage: Storage | undefined;
  constructor(
    readonly shape: Shape,
    storage: Storage,
  ) {
    this.storage = storage;
  }
}

/**
 * The tensors of one backend: what each handle stands for, and how many there are. It turns the use of a freed or
 * foreign handle into a typed error. Several handles may share one storage; `release` is called when the last goes.
 */
export class TensorStore<Storage extends object> {
  readonly #name: string;
  readonly #bytesPerElement: number;
  readonly #release: (storage: Storage) => void;
  readonly #handles = new Set<Tensor>();
  readonly #shared = new Map<Storage, { handles: number; bytes: number }>();
  #bytes = 0;

  /** @param release gives back what a storage holds; nothing to do for a plain array. */
  constructor(name: string, bytesPerElement: number, release: (storage: Storage) => void = () => {}) {
    this.#name = name;
    this.#bytesPerElement = bytesPerElement;
    this.#release = release;
  }

  /** A new handle of `shape` for `storage`. */
  add(shape: Shape, storage: Storage): Tensor {
    const tensor = new StoredTensor(shape, storage);
    const entry = this.#shared.get(storage);
    if (entry) entry.handles += 1;
    else {
      const bytes = sizeOf(shape) * this.#bytesPerElement;
      this.#shared.set(storage, { handles: 1, bytes });
      this.#bytes += bytes;
    }
    this.#handles.add(tensor);
    return tensor;
  }

  /**
   * What a handle stands for.
   * @throws FreedTensorError after {@link remove}; ForeignTensorError for another backend's handle
   */
  get(tensor: Tensor): Storage {
    if (!this.#handles.has(tensor)) throw this.#stray(tensor);
    return (tensor as StoredTensor<Storage>).storage as Storage;
  }

  /** Ends a handle, and its storage with the last one. */
  remove(tensor: Tensor): void {
    const storage = this.get(tensor);
    this.#handles.delete(tensor);
    (tensor as StoredTensor<Storage>).storage = undefined;
    const entry = this.#shared.get(storage);
    if (!entry || --entry.handles > 0) return;
    this.#shared.delete(storage);
    this.#bytes -= entry.bytes;
    this.#release(storage);
  }

  /** Ends every handle. */
  clear(): void {
    for (const tensor of [...this.#handles]) this.remove(tensor);
  }

  memory(): MemoryUse {
    return { tensors: this.#handles.size, bytes: this.#bytes };
  }

  #stray(tensor: Tensor): Error {
    const freed = tensor instanceof StoredTensor && tensor.storage === undefined;
    return freed ? new FreedTensorError(this.#name, tensor.shape) : new ForeignTensorError(this.#name);
  }
}
