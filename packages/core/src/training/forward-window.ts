import type { Shape, Tensor } from '../contract/tensor.js';
import type { Signal } from '../layers/layer.js';
import { type EncodedTargets, withMask } from '../losses/targets.js';
import type { CarriedState } from '../network/carried-state.js';
import type { ForwardOptions, ForwardResult, NetworkBase } from '../network/network-base.js';
import type { Tape } from '../tape/tape.js';
import { checkCarriedBatch } from './stateful.js';

/** A window of a batch, or all of it, on the host. */
export interface Window {
  readonly x: ArrayLike<number>;
  readonly shape: Shape;
  readonly lengths?: readonly number[];
  /** The targets, once the output's shape is known, masked steps included; undefined where this window has none. */
  targets(output: Signal): EncodedTargets | undefined;
}

/**
 * Runs the network over a window, from the state carried so far.
 * @throws ShapeError where that is the state of another number of rows
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

/** The targets of a window, once its output is known; steps that are masked there weigh nothing. */
export async function targetsOf(
  { backend }: Pick<NetworkBase, 'backend'>,
  window: Window,
  output: Signal,
): Promise<EncodedTargets | undefined> {
  const targets = window.targets(output);
  const isSequence = output.value.shape.length === 3;
  return targets && output.mask && isSequence ? withMask(targets, await backend.read(output.mask)) : targets;
}
