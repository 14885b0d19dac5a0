import type { Tensor } from '../contract/tensor.js';
import { DivergenceError } from '../errors.js';
import type { NetworkBase } from '../network/network-base.js';
import { release } from '../release.js';

/**
 * Runs `move`, which updates the network's parameters. If it leaves a number that is not finite, they get their old values back.
 * @param generation for the message
 * @returns the learning rate that `move` returns
 * @throws DivergenceError with the name of the first parameter that is not finite
 */
export async function finiteStep(
  { backend, parameters }: Pick<NetworkBase, 'backend' | 'parameters'>,
  generation: number,
  move: () => number,
): Promise<number> {
  const before = new Map<string, Tensor>();
  try {
    for (const [name, tensor] of parameters) before.set(name, backend.affine(tensor, 1, 0));
    const learningRate = move();
    const named = [...parameters];
    const values = await Promise.all(named.map(([, tensor]) => backend.read(tensor)));
    const wrong = values.findIndex((data) => !data.every(Number.isFinite));
    // Without parameters, the network was disposed of in the meantime.
    if (wrong < 0 || parameters.size === 0) return learningRate;
    for (const [name, tensor] of named) {
      parameters.set(name, before.get(name) as Tensor);
      before.set(name, tensor);
    }
    throw new DivergenceError(
      `evolve: generation ${generation} with a learning rate of ${learningRate} makes ${named[wrong][0]} infinite or NaN; use a smaller learning rate`,
    );
  } finally {
    release(backend, before.values());
  }
}
