/* Tensors that are shared by several modules, of which a file keeps one. */
import type { NDArray } from '@recurra/core';

type State = Readonly<Record<string, NDArray>>;

/**
 * A state_dict with the tensors that its writer left out because they are others under a second name. `save_model` of the
 * safetensors package notes them in the metadata, as `{ "name left out": "name kept" }`; the reverse is understood too.
 */
export function withTiedTensors(state: State, metadata: Readonly<Record<string, string>>): State {
  const tied = Object.entries(metadata).flatMap(([a, b]): [string, NDArray][] => {
    const [hasA, hasB] = [Object.hasOwn(state, a), Object.hasOwn(state, b)];
    if (hasB && !hasA) return [[a, state[b]]];
    return hasA && !hasB && isParameterName(b) ? [[b, state[a]]] : [];
  });
  return Object.fromEntries([...Object.entries(state), ...tied]);
}

/** Whether a text can be the name of a parameter in a state_dict, and is no remark about one. */
function isParameterName(text: string): boolean {
  return /^[\w.-]+\.(weight|bias)(_\w+)?$/.test(text);
}
