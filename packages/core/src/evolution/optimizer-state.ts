/* The state of an evolution's optimizer, on the host. */
import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';
import type { NDArray } from '../data/ndarray.js';
import { checkArray, type HostTensor } from '../host-arrays.js';
import type { NetworkBase } from '../network/network-base.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { release } from '../release.js';
import { uploadGroups } from '../training/resume.js';
import type { EvolutionHistory } from './run.js';

export async function readState(
  backend: Backend,
  { state }: Optimizer,
): Promise<EvolutionHistory['optimizer']> {
  const read = async (x: Tensor): Promise<NDArray> => ({ data: await backend.read(x), shape: [...x.shape] });
  const arrays: Record<string, readonly NDArray[]> = {};
  for (const [name, tensors] of state) arrays[name] = await Promise.all(tensors.map(read));
  return arrays;
}

/** @throws OptionError, DataError or ShapeError for a state that does not fit the optimizer and the parameters */
export function restoreState(
  optimizer: Optimizer,
  step: number,
  saved: EvolutionHistory['optimizer'],
  { backend, parameters }: Pick<NetworkBase, 'backend' | 'parameters'>,
): void {
  const checked = new Map<string, HostTensor[]>();
  for (const [name, { shape }] of parameters) {
    const what = `evolve: resume.optimizer: ${name}`;
    const arrays = saved[name] ?? [];
    checked.set(
      name,
      arrays.map((array) => ({ data: checkArray(what, array, shape, backend.precision), shape })),
    );
  }
  const state = uploadGroups(backend, checked);
  try {
    optimizer.restore(step, state, parameters);
  } catch (error) {
    release(backend, [...state.values()].flat());
    throw error;
  }
}
