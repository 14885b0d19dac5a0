/* The states of recurrent layers, which Keras hands on tensor by tensor. */
import { type InitialState, type Node, UnsupportedError } from '@recurra/core';
import type { Mask } from './masks.js';
import type { KerasLayer } from './topology.js';

/** A tensor of the model: a node, or a part of a layer's state. */
export interface Value {
  readonly node?: Node;
  readonly state?: StatePart;
  readonly mask: Mask;
}

/** One tensor of the final state of a layer. */
export interface StatePart {
  readonly node: Node;
  readonly index: number;
  /** How many tensors the state has. */
  readonly count: number;
  /** It is that of both directions of a Bidirectional, concatenated. */
  readonly joined: boolean;
}

/** The tensors of the state that a layer returns; none if it does not. */
export function stateParts({ className, config }: KerasLayer, node: Node): StatePart[] {
  const inner = config.get('layer') as
    | { readonly class_name?: unknown; readonly config?: object }
    | undefined;
  const both = className === 'Bidirectional';
  const own = both ? (inner?.config as { return_state?: unknown })?.return_state : config.get('return_state');
  if (own !== true) return [];
  const each = (both ? inner?.class_name : className) === 'LSTM' ? 2 : 1;
  const count = both ? 2 * each : each;
  return Array.from({ length: count }, (_, index) => ({ node, index, count, joined: false }));
}

/** The state of both directions concatenated, if that is what the inputs of a Concatenate are. */
export function joinedState([a, b, ...rest]: readonly Value[]): StatePart | undefined {
  const [ahead, back] = [a?.state, b?.state];
  if (!ahead || !back || rest.length > 0 || ahead.joined || back.joined) return undefined;
  const half = ahead.count / 2;
  if (ahead.node !== back.node || back.index !== ahead.index + half) return undefined;
  return { node: ahead.node, index: ahead.index, count: half, joined: true };
}

/**
 * The initial state that tensors stand for: the whole state of a layer, or vectors.
 * @throws UnsupportedError for parts of several states, or in another order
 */
export function startOf(owner: string, values: readonly Value[]): InitialState {
  const nodes = values.flatMap(({ node }) => node ?? []);
  if (nodes.length === values.length) return nodes as unknown as InitialState;
  const [first] = values;
  const whole =
    first.state?.count === values.length &&
    values.every(
      ({ state }, index) =>
        state?.node === first.state?.node && state?.index === index && state.joined === first.state?.joined,
    );
  if (whole && first.state) return first.state.node.state;
  throw new UnsupportedError(
    `${owner}: its initial state must be the whole state of one layer, in its order, or the outputs of layers`,
  );
}
