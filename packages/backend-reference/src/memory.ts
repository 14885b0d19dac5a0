import { DeviceError, type Shape, StateError, type Tensor } from '@recurra/core';
import { checkUpload, type Memory, TensorStore } from '@recurra/core/backend';

export const NAME = 'reference';

/**
 * The memory functions that the operations use: from a handle to its elements, and from elements to a new
 * handle.
 */
export interface Context {
  /** The elements of a tensor, row-major. They must not be changed. */
  get(tensor: Tensor): Float64Array;
  /** A new tensor that owns `data`. */
  add(data: Float64Array, shape: Shape): Tensor;
  /** A new tensor that shares the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
}

/** A typed array of `size` zeros. @throws DeviceError if JavaScript cannot allocate it */
export function zeros<T>(Type: new (size: number) => T, size: number): T {
  try {
    return new Type(size);
  } catch (cause) {
    throw new DeviceError(`${NAME}: out of memory: cannot allocate an array of ${size} numbers`, { cause });
  }
}

/**
 * The backend's memory has an array for each tensor. {@link TensorStore} counts tensors and bytes, and
 * rejects freed and foreign handles.
 */
export function memory(): Memory & Context & { dispose(): void } {
  let open: TensorStore<Float64Array> | undefined = new TensorStore(NAME, Float64Array.BYTES_PER_ELEMENT);
  const store = () => {
    if (!open) throw new StateError(`${NAME}: the backend was used after it was disposed of`);
    return open;
  };
  const get = (tensor: Tensor) => store().get(tensor);
  const add = (data: Float64Array, shape: Shape) => store().add([...shape], data);
  return {
    get,
    add,
    share: (x, shape) => store().share(x, [...shape]),
    upload(data, shape) {
      checkUpload(NAME, data, shape);
      return add(new Float64Array(data), shape);
    },
    read: async (tensor) => get(tensor).slice(),
    free: (tensor) => store().remove(tensor),
    memory: () => store().memory(),
    dispose() {
      open?.clear();
      open = undefined;
    },
  };
}
