/* The values of a network's parameters and buffers: reading them, and replacing them. */
import type { Tensor } from '../contract/tensor.js';
import type { NDArray } from '../data/ndarray.js';
import { type HostTensor, uploadAll } from '../host-arrays.js';
import type { Tape } from '../tape/tape.js';
import type { NetworkBase } from './network-base.js';

/** Reads the weights, including the buffers, to the host. */
export async function readWeights({
  backend,
  parameters,
  buffers,
}: NetworkBase): Promise<Record<string, NDArray>> {
  const read = async ([name, tensor]: [string, Tensor]) => {
    const data = await backend.read(tensor);
    return [name, { data, shape: [...tensor.shape] }] as const;
  };
  return Object.fromEntries(await Promise.all([...parameters, ...buffers].map(read)));
}

/** Replaces weights and buffers with values that have been checked. */
export function replaceWeights(
  { backend, parameters, buffers }: NetworkBase,
  weights: Iterable<readonly [string, HostTensor]>,
): void {
  for (const [name, tensor] of uploadAll(backend, weights)) {
    const all = buffers.has(name) ? buffers : parameters;
    backend.free(all.get(name) as Tensor);
    all.set(name, tensor);
  }
}

/** Replaces buffers with the values that a training step computed on `tape`. */
export function keepBuffers(
  { backend, buffers }: NetworkBase,
  tape: Tape,
  updated: ReadonlyMap<string, Tensor>,
): void {
  for (const [name, tensor] of updated) {
    tape.keep(tensor);
    backend.free(buffers.get(name) as Tensor);
    buffers.set(name, tensor);
  }
}
