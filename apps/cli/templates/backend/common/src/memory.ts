import { type Shape, StateError, type Tensor } from '@recurra/core';
import { checkUpload, type Memory, TensorStore } from '@recurra/core/backend';

/** The backend's name in reports and error messages. */
export const NAME = '__name__';

/** The storage of a tensor's elements. Replace it with your engine's buffer. */
export type Elements = Float32Array;

/** The functions with which operations read tensors and create new ones. */
export interface Context {
  /** The elements of a tensor, row-major. Do not change them. */
  get(tensor: Tensor): Elements;
  /** A new tensor with `elements`, which no other tensor uses. */
  add(elements: Elements, shape: Shape): Tensor;
  /** A new tensor that shares the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
}

/**
 * The memory of the backend; it is complete. {@link TensorStore} counts tensors and bytes, and rejects
 * handles that were freed or belong to another backend. For your own engine, change how elements are created
 * (`upload`), copied back (`read`) and released (`release`).
 */
export function memory(): Memory & Context & { dispose(): void } {
  // Called when the last handle of these elements is freed. An array needs nothing; a device buffer must be destroyed here.
  const release = (_elements: Elements) => {};
  let open: TensorStore<Elements> | undefined = new TensorStore(
    NAME,
    Float32Array.BYTES_PER_ELEMENT,
    release,
  );
  const store = () => {
    if (!open) throw new StateError(`${NAME}: the backend was used after it was disposed of`);
    return open;
  };
  const get = (tensor: Tensor) => store().get(tensor);
  const add = (elements: Elements, shape: Shape) => store().add([...shape], elements);
  return {
    get,
    add,
    share: (x, shape) => store().share(x, [...shape]),
    upload(data, shape) {
      // Checked before memory is allocated: data of the wrong length could overwrite other tensors.
      checkUpload(NAME, data, shape);
      return add(Float32Array.from(data), shape);
    },
    // The copy is made before the call returns, because the tensor may be freed while the caller waits.
    read: async (tensor) => get(tensor).slice(),
    free: (tensor) => store().remove(tensor),
    memory: () => store().memory(),
    dispose() {
      open?.clear();
      open = undefined;
    },
  };
}
