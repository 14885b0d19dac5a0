import { checkUpload, type Memory, type Shape, StateError, type Tensor, TensorStore } from '@recurra/core';

/** What the backend calls itself, in reports and in the messages of its errors. */
export const NAME = '__name__';

/** Where a tensor's elements are. Put your engine's buffer in its place. */
export type Elements = Float32Array;

/** What the operations need of memory: from a handle to its elements, and from elements to a new handle. */
export interface Arrays {
  /** The elements of a tensor, row-major. They are not to be changed. */
  get(tensor: Tensor): Elements;
  /** A new tensor of `elements`, which are no other's. */
  add(elements: Elements, shape: Shape): Tensor;
  /** Another tensor of the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
}

/**
 * Memory, which is all here. {@link TensorStore} counts tensors and bytes and refuses freed and foreign handles. For an
 * engine of your own, change what makes elements (`upload`), copies them back (`read`) and gives them up (`release`).
 */
export function memory(): Memory & Arrays & { dispose(): void } {
  // Called when the last handle of these elements is freed. An array needs nothing; a device's buffer does.
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
      // Before memory is allocated: data of another length would be written over what lies beside it.
      checkUpload(NAME, data, shape);
      return add(Float32Array.from(data), shape);
    },
    // The copy is under way before the call returns: the tensor may be freed while the caller waits.
    read: async (tensor) => get(tensor).slice(),
    free: (tensor) => store().remove(tensor),
    memory: () => store().memory(),
    dispose() {
      open?.clear();
      open = undefined;
    },
  };
}
