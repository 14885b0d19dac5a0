/* Puts int8 weights on a backend: as they are where a kernel takes them so, otherwise expanded to floats. */
import type { Backend } from '../contract/backend.js';
import { shapesOnly } from '../contract/shapes-only.js';
import type { HostTensor } from '../host-arrays.js';
import type { Architecture } from '../model/architecture.js';
import { NetworkBase } from '../network/network-base.js';
import { type TracedKernel, traceKernels } from '../network/requests.js';
import { isRecord } from '../options.js';
import { checkMatrix, expandMatrix, type Int8Matrix, type Int8State } from './matrix.js';

/**
 * Takes the int8 weights out of weights.
 * @param what the name of the weights in messages
 * @param weights int8 weights, as an Int8Array with scales, and floats, by parameter name
 * @returns the int8 weights, and all weights with the floats that they stand for in their stead
 * @throws as {@link checkMatrix}
 */
export function takeMatrices(
  what: string,
  model: Architecture,
  weights: Readonly<Record<string, HostTensor>>,
): { matrices: Map<string, Int8Matrix>; floats: Readonly<Record<string, HostTensor>> } {
  const matrices = new Map<string, Int8Matrix>();
  if (!isRecord(weights)) return { matrices, floats: weights };
  const floats = { ...weights };
  for (const [name, parameter] of model.parameters()) {
    if (!Object.hasOwn(weights, name)) continue;
    if (weights[name]?.scales === undefined) continue;
    const matrix = checkMatrix(`${what}: ${name}`, weights[name], parameter);
    matrices.set(name, matrix);
    floats[name] = expandMatrix(matrix, parameter);
  }
  return { matrices, floats };
}

/**
 * Decides which int8 weights stay int8 on the backend, and puts those back in `weights`, the checked weights.
 * @returns undefined if there are no int8 weights
 */
export function placeMatrices(
  model: Architecture,
  backend: Backend,
  fused: boolean,
  matrices: ReadonlyMap<string, Int8Matrix>,
  weights: Map<string, HostTensor>,
): Int8State | undefined {
  if (matrices.size === 0) return undefined;
  const parameters = model.parameters();
  // A recurrent kernel takes either all matrices of a layer as int8, or none.
  const incomplete = new Set<string>();
  for (const [name, { int8 }] of parameters)
    if (int8 === 'recurrent' && !matrices.has(name)) incomplete.add(ownerOf(name));
  const refusalOf = refusals(model, backend, fused);
  const expanded = new Map<string, string>();
  for (const [name, matrix] of matrices) {
    const kernel = parameters.get(name)?.int8;
    const owner = ownerOf(name);
    const reason =
      kernel === 'recurrent' && incomplete.has(owner)
        ? 'other matrices of the layer are float32'
        : refusalOf(owner, kernel);
    if (reason === undefined) weights.set(name, matrix);
    else expanded.set(name, reason);
  }
  return { matrices, expanded };
}

/** Returns a function that gives the reason why a layer's kernel does not take int8 weights; undefined if it does. */
function refusals(
  model: Architecture,
  backend: Backend,
  fused: boolean,
): (owner: string, kernel: string | undefined) => string | undefined {
  const values = new Map([...model.parameters(), ...model.buffers()]);
  const empty = [...values].map(([name, { shape }]) => [name, { data: [], shape }] as const);
  const network = new NetworkBase(
    model,
    shapesOnly(backend, () => {}),
    { seed: 0, fused },
    empty,
  );
  const owners = new Map(model.nodes.map(({ label, owner }) => [label, owner]));
  const uses = new Map<string, TracedKernel[]>();
  for (const use of traceKernels(network, { batch: 1, train: false })) {
    const key = `${owners.get(use.layer)} ${use.kernel}`;
    uses.set(key, [...(uses.get(key) ?? []), use]);
  }
  return (owner, kernel) => {
    if (kernel !== 'recurrent' && kernel !== 'dense') return 'no kernel takes these weights as int8';
    if (!backend.int8) return 'the backend has no int8 kernels';
    const own = uses.get(`${owner} ${kernel}`);
    if (!own) return 'the layer does not run on a fused kernel';
    for (const { reason, spec } of own) {
      const refusal = spec ? backend.fused[kernel]?.declines({ ...spec, int8: true } as never) : reason;
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };
}

/** The node that owns a parameter. */
function ownerOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}
