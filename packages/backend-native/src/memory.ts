import { type Shape, StateError, type Tensor } from '@recurra/core';
import { checkUpload, type Int8Memory, type Memory, sizeOf, TensorStore } from '@recurra/core/backend';
import type { Handle, Native } from './addon.js';
import { F } from './fields.js';

export const NAME = 'native';
const RANK = 4;

/** What the operations use of the backend. */
export interface Context {
  readonly native: Native;
  /** The array of a tensor. */
  get(tensor: Tensor): Handle;
  /** The array of a tensor, or 0 if there is none. */
  getOrZero(tensor: Tensor | undefined): Handle;
  /** A tensor of the array that an operation left at an index of the shared numbers. */
  result(index: number, shape: Shape): Tensor;
  /** The same, or undefined if the operation left none. */
  resultIfAny(index: number, shape: Shape): Tensor | undefined;
  /** A new handle to the elements of `x`. */
  share(x: Tensor, shape: Shape): Tensor;
}

/** The backend's memory: arrays of the device. {@link TensorStore} rejects handles that were freed or belong to another backend. */
export function memory(native: Native): Memory & Context & { int8: Int8Memory; dispose(): void } {
  const { shared, staging, upload, uploadDoubles, uploadStaged, uploadInt8, read, readStaged } = native;
  const list = { freed: native.freed, freeListed: native.freeListed };
  let open: TensorStore<Handle> | undefined = new TensorStore<Handle>(
    NAME,
    Float32Array.BYTES_PER_ELEMENT,
    (array) => release(list, array),
  );
  const store = () => {
    if (!open) throw new StateError(`${NAME}: the backend was used after it was disposed of`);
    return open;
  };
  const get = (tensor: Tensor) => store().get(tensor);
  const result = (index: number, shape: Shape) => store().add(shape, shared[index]);
  return {
    native,
    get,
    getOrZero: (tensor) => (tensor ? get(tensor) : 0),
    result,
    resultIfAny: (index, shape) => (shared[index] === 0 ? undefined : result(index, shape)),
    share: (x, shape) => store().share(x, shape.slice()),
    upload(data, shape) {
      const size = checkUpload(NAME, data, shape);
      store();
      if (size <= staging.length) {
        staging.set(data);
        shared[F.size] = size;
        uploadStaged();
      } else if (data instanceof Float64Array) {
        uploadDoubles(data);
      } else {
        upload(data instanceof Float32Array ? data : Float32Array.from(data));
      }
      return result(F.y, shape.slice());
    },
    int8: {
      upload(values, scales, shape) {
        checkUpload(NAME, values, shape);
        checkUpload(NAME, scales, shape.slice(-1));
        const tensors = store();
        [shared[F.rows], shared[F.columns]] = shape;
        uploadInt8(values, scales);
        return tensors.addInt8(shape.slice(), shared[F.y]);
      },
    },
    async read(tensor) {
      const size = sizeOf(tensor.shape);
      shared[F.x] = get(tensor);
      if (size <= staging.length) {
        shared[F.size] = size;
        readStaged();
        return staging.slice(0, size);
      }
      const data = new Float32Array(size);
      read(data);
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

/** Frees an array, with the next call of the addon: a call for each would take longer than the rest of a small step. */
export function release({ freed, freeListed }: Pick<Native, 'freed' | 'freeListed'>, array: Handle): void {
  const count = freed[0] + 1;
  freed[count] = array;
  freed[0] = count;
  if (count === freed.length - 1) freeListed();
}

/**
 * Shares the shape of operand number `index`, or four other numbers instead: `numbers`, and before them as many `filler` as are
 * missing.
 */
export function shareShape(
  shared: Float64Array,
  index: number,
  numbers: readonly number[],
  filler = 1,
): void {
  const start = F.shapes + RANK * index;
  const missing = RANK - numbers.length;
  for (let axis = 0; axis < RANK; axis++)
    shared[start + axis] = axis < missing ? filler : numbers[axis - missing];
}

/** The number of an axis of a shape among four. */
export function paddedAxis(shape: Shape, axis: number): number {
  return RANK - shape.length + axis;
}
