import type { Backend } from './contract/backend.js';
import type { Tensor } from './contract/tensor.js';
import { DeviceError, StateError } from './errors.js';

/** Frees `tensors`, except those of `kept`. If the backend was disposed or its device was lost, they have already been freed. */
export function release(
  backend: Pick<Backend, 'free'>,
  tensors: Iterable<Tensor>,
  kept?: readonly Tensor[],
): void {
  try {
    for (const tensor of tensors) if (!kept?.includes(tensor)) backend.free(tensor);
  } catch (error) {
    if (!(error instanceof StateError || error instanceof DeviceError)) throw error;
  }
}
