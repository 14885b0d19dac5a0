/* The values of a network's parameters and buffers: reading them, and replacing them. */
import type { Parameter } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import type { NDArray } from '../data/ndarray.js';
import { type HostTensor, uploadAll } from '../host-arrays.js';
import { expandMatrix } from '../int8/matrix.js';
import type { Tape } from '../tape/tape.js';
import type { NetworkBase } from './network-base.js';

/**
 * Reads the weights, including the buffers, to the host: parameters in the order of the model, frozen or not, then buffers. Int8
 * weights are returned as the floats that they stand for.
 */
export async function readWeights(network: NetworkBase): Promise<Record<string, NDArray>> {
  const { backend, model, parameters, buffers, int8 } = network;
  const declared = model.parameters();
  const read = async (name: string) => {
    const matrix = int8?.matrices.get(name);
    if (matrix) return [name, expandMatrix(matrix, declared.get(name) as Parameter)] as const;
    const tensor = (parameters.get(name) ?? buffers.get(name)) as Tensor;
    return [name, { data: await backend.read(tensor), shape: [...tensor.shape] }] as const;
  };
  const names = [...declared.keys(), ...model.buffers().keys()];
  return Object.fromEntries(await Promise.all(names.map(read)));
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
