/* Tensors that several modules share; a file contains them once. */
import type { NDArray } from '@recurra/core';

type State = Readonly<Record<string, NDArray>>;

/**
 * Adds the tensors that were left out of a file because they are stored under another name. `save_model` of the safetensors
 * package lists them in the metadata, as `{ "omitted name": "stored name" }`; the reverse is supported too.
 */
export function withTiedTensors(state: State, metadata: Readonly<Record<string, string>>): State {
  const tied = Object.entries(metadata).flatMap(([a, b]): [string, NDArray][] => {
    const [hasA, hasB] = [Object.hasOwn(state, a), Object.hasOwn(state, b)];
    if (hasB && !hasA) return [[a, state[b]]];
    return hasA && !hasB && isParameterName(b) ? [[b, state[a]]] : [];
  });
  return Object.fromEntries([...Object.entries(state), ...tied]);
}

/** True if a text looks like the name of a parameter, rather than other metadata. */
function isParameterName(text: string): boolean {
  return /^[\w.-]+\.(weight|bias)(_\w+)?$/.test(text);
}
