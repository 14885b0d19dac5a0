import { type Shape, StateError, type Tensor } from '@recurra/core';
import { checkUpload, type Int8Memory, type Memory, sizeOf, TensorStore } from '@recurra/core/backend';
import type { Handle, Native } from './addon.js';

export const NAME = 'native';
const RANK = 4;

/** What the operations use of the backend. */
export interface Context {
  readonly native: Native;
  /** The array of a tensor. */
  get(tensor: Tensor): Handle;
  /** The array of a tensor, or 0 if there is none. */
  getOrZero(tensor: Tensor | undefined): Handle;
  /** A tensor that owns an array of the device. */
  add(array: Handle, shape: Shape): Tensor;
  /** A tensor of the array that a call left at an index of the shared numbers; undefined for 0. */
  result(index: number, shape: Shape): Tensor | undefined;
  /** A new handle to the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
}

/** The backend's memory: arrays of the device. {@link TensorStore} rejects handles that were freed or belong to another backend. */
export function memory(native: Native): Memory & Context & { int8: Int8Memory; dispose(): void } {
  let open: TensorStore<Handle> | undefined = new TensorStore<Handle>(
    NAME,
    Float32Array.BYTES_PER_ELEMENT,
    (array) => native.free(array),
  );
  const store = () => {
    if (!open) throw new StateError(`${NAME}: the backend was used after it was disposed of`);
    return open;
  };
  const get = (tensor: Tensor) => store().get(tensor);
  const add = (array: Handle, shape: Shape) => store().add(shape, array);
  return {
    native,
    get,
    getOrZero: (tensor) => (tensor ? get(tensor) : 0),
    add,
    result: (index, shape) => (native.shared[index] === 0 ? undefined : add(native.shared[index], shape)),
    share: (x, shape) => store().share(x, shape.slice()),
    upload(data, shape) {
      checkUpload(NAME, data, shape);
      store();
      return add(native.upload(data instanceof Float32Array ? data : Float32Array.from(data)), shape.slice());
    },
    int8: {
      upload(values, scales, shape) {
        checkUpload(NAME, values, shape);
        checkUpload(NAME, scales, shape.slice(-1));
        const tensors = store();
        return tensors.addInt8(shape.slice(), native.uploadInt8(values, scales, shape[0], shape[1]));
      },
    },
    async read(tensor) {
      const data = new Float32Array(sizeOf(tensor.shape));
      native.read(store().get(tensor), data);
      return data;
    },
    free: (tensor) => store().remove(tensor),
    memory: () => store().memory(),
    dispose() {
      open?.clear();
      open = undefined;
      native.dispose();
    },
  };
}

/** Leaves four numbers for the next call, from number `index` on: `numbers`, and before them as many `filler` as are missing. */
export function share({ shared }: Native, index: number, numbers: readonly number[], filler: number): void {
  const missing = RANK - numbers.length;
  for (let axis = 0; axis < RANK; axis++)
    shared[index + axis] = axis < missing ? filler : numbers[axis - missing];
}

/** The number of an axis of a shape among four. */
export function paddedAxis(shape: Shape, axis: number): number {
  return RANK - shape.length + axis;
}
