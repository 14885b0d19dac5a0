import { DeviceError, type Shape, StateError, type Tensor } from '@recurra/core';
import { checkUpload, type Memory, TensorStore } from '@recurra/core/backend';

export const NAME = 'reference';

/** What the operations need of memory: from a handle to its elements, and from elements to a new handle. */
export interface Context {
  /** The elements of a tensor, row-major. They are not to be changed. */
  get(tensor: Tensor): Float64Array;
  /** A new tensor of `data`, which is no other's. */
  add(data: Float64Array, shape: Shape): Tensor;
  /** Another tensor of the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
}

/** A typed array of `size` zeros. @throws DeviceError where JavaScript has no room for that many */
export function zeros<T>(Type: new (size: number) => T, size: number): T {
  try {
    return new Type(size);
  } catch (cause) {
    throw new DeviceError(`${NAME}: out of memory: an array of ${size} numbers was asked for`, { cause });
  }
}

/** Memory: an array for each tensor. {@link TensorStore} counts tensors and bytes, and refuses freed and foreign handles. */
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
      return add(Float64Array.from(data), shape);
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
