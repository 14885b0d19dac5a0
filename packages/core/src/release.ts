import type { Backend } from './contract/backend.js';
import type { Tensor } from './contract/tensor.js';
import { DeviceError, StateError } from './errors.js';

/** Frees `tensors`. A backend that was disposed of, or whose device was lost, has freed them already. */
export function release(backend: Pick<Backend, 'free'>, tensors: Iterable<Tensor>): void {
  try {
    for (const tensor of tensors) backend.free(tensor);
  } catch (error) {
    if (!(error instanceof StateError || error instanceof DeviceError)) throw error;
  }
}
