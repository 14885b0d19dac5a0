import type { Shape, Tensor } from '../contract/tensor.js';
import type { Signal } from '../layers/layer.js';
import { type EncodedTargets, withMask } from '../losses/targets.js';
import type { CarriedState } from '../network/carried-state.js';
import type { ForwardOptions, ForwardResult, NetworkBase } from '../network/network-base.js';
import type { Tape } from '../tape/tape.js';
import { checkCarriedBatch } from './stateful.js';

/** A window of a batch, or the whole batch, on the host. */
export interface Window {
  readonly x: ArrayLike<number>;
  readonly shape: Shape;
  readonly lengths?: readonly number[];
  /** Encodes the targets for an output, including masked steps. Returns undefined if this window has no targets. */
  targets(output: Signal): EncodedTargets | undefined;
}

/**
 * Runs the network over a window, starting from the carried state.
 * @throws ShapeError if the carried state has a different number of rows
 */
export function forwardWindow(
  network: NetworkBase,
  tape: Tape,
  window: Window,
  carried: CarriedState,
  options: Omit<ForwardOptions, 'initialState'>,
): ForwardResult {
  const { model } = network;
  checkCarriedBatch(model, carried, window.shape[model.input.kind === 'vector' ? 0 : 1]);
  const input: { value: Tensor; lengths?: readonly number[] } = {
    value: tape.constant(window.x, window.shape),
    lengths: window.lengths,
  };
  return network.forward(tape, input, { ...options, initialState: carried.state });
}

/** Encodes the targets of a window for its output. Steps that are masked in the output get the weight 0. */
export async function targetsOf(
  { backend }: Pick<NetworkBase, 'backend'>,
  window: Window,
  output: Signal,
): Promise<EncodedTargets | undefined> {
  const targets = window.targets(output);
  const isSequence = output.value.shape.length === 3;
  return targets && output.mask && isSequence ? withMask(targets, await backend.read(output.mask)) : targets;
}
