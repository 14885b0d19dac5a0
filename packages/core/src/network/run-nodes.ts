import type { Weights } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import type { LayerState, Signal } from '../layers/layer.js';
import type { ModelNode } from '../model/architecture.js';
import { sourcesOf } from '../model/node.js';
import type { Random } from '../random.js';
import type { Tape } from '../tape/tape.js';
import type { ForwardOptions, NodeResults } from './forward.js';

/** Where the nodes' weights and random numbers come from. */
export interface NodeWeights {
  weightsOf(node: ModelNode): Weights;
  /** @param updated new values, by name, of nodes that ran before */
  buffersOf(node: ModelNode, updated: ReadonlyMap<string, Tensor>): Weights;
  random(step: number, node: ModelNode, purpose: string): Random;
}

/** Runs `nodes`, in their order, on `tape`, and adds what they compute to `results`. */
export function runNodes(
  network: NodeWeights,
  tape: Tape,
  nodes: readonly ModelNode[],
  results: NodeResults,
  options: ForwardOptions,
): void {
  const { training = false, step = 0, watchCells, watchOutputs, watchAttention } = options;
  const { signals, state, buffers, kernels } = results;
  for (const node of nodes) {
    const { name, label, layer, built } = node;
    const from = tape.kernelLog.length;
    const first = signals[node.from[0]] as Signal;
    const inputs = layer.inputs
      ? sourcesOf(
          layer,
          node.from.map((signal) => signals[signal]),
        )
      : first;
    const watched = watchCells && (watchCells.layer ?? name) === name;
    const result = built.apply(tape, inputs as never, {
      weights: network.weightsOf(node),
      buffers: network.buffersOf(node, buffers),
      training,
      state: stateOf(tape, node, results, options.initialState?.[name]),
      random: (purpose) => network.random(step, node, purpose),
      watchCell: watched ? (part, trace) => watchCells.see(name, part, trace) : undefined,
      watchAttention: watchAttention && ((weights) => watchAttention(name, weights)),
    });
    signals[node.signal] = withLengths(first, result.output);
    for (const other in result.others) signals[node.others[other]] = withLengths(first, result.others[other]);
    watchOutputs?.(label, result.output.value);
    if (result.state) state[name] = result.state;
    if (training) for (const own in result.buffers) buffers.set(`${node.owner}.${own}`, result.buffers[own]);
    for (let i = from; kernels && i < tape.kernelLog.length; i++) {
      const { kernel, implementation, reason } = tape.kernelLog[i];
      kernels.push({ layer: label, kernel, implementation, reason });
    }
  }
}

/**
 * The state that a node starts from; undefined: zero.
 * @param given the carried state, or the one that the caller passes; it takes precedence over that of another node
 */
function stateOf(
  tape: Tape,
  { name, layer, built, from, initialState }: ModelNode,
  { signals, state }: NodeResults,
  given: LayerState | undefined,
): LayerState | undefined {
  const { stateSizes, sharedState } = built;
  if (given?.length) {
    if (stateSizes) return given;
    throw new OptionError(`initialState: the layer ${name}, ${layer.kind}, has no state`);
  }
  if (!initialState) return undefined;
  let shared: LayerState;
  if ('node' in initialState) {
    const theirs = state[initialState.node];
    shared = initialState.shared?.join(tape, theirs) ?? theirs;
  } else {
    const [, B] = (signals[from[0]] as Signal).value.shape;
    const vectors = initialState.signals.map((signal) => (signals[signal] as Signal).value);
    const sizes = sharedState?.sizes ?? stateSizes ?? [];
    shared = sizes.map((size, i) => vectors[i] ?? tape.fill([B, size], 0));
  }
  return sharedState?.split(tape, shared) ?? shared;
}

/** An output with the lengths and the mask of the layer's input, unless it is no sequence of as many steps or has its own. */
function withLengths({ value: x, lengths, mask }: Signal, output: Signal): Signal {
  if (!lengths && !mask) return output;
  const { shape } = output.value;
  const alike = shape.length === 3 && shape[0] === x.shape[0] && shape[1] === x.shape[1];
  return alike ? { lengths, mask, ...output } : output;
}
