import type { Backend } from './contract/backend.js';
import type { Tensor } from './contract/tensor.js';
import { DeviceError, StateError } from './errors.js';

/** Frees `tensors`. If the backend was disposed or its device was lost, they have already been freed. */
export function release(backend: Pick<Backend, 'free'>, tensors: Iterable<Tensor>): void {
  try {
    for (const tensor of tensors) backend.free(tensor);
  } catch (error) {
    if (!(error instanceof StateError || error instanceof DeviceError)) throw error;
  }
}
