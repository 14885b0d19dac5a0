import type { Backend } from '../contract/backend.js';
import type { Tensor } from '../contract/tensor.js';
import type { InputBatch } from '../data/inputs.js';
import type { Lengths, Signal } from '../layers/layer.js';
import { type EncodedTargets, withMask } from '../losses/targets.js';
import type { CarriedState } from '../network/carried-state.js';
import type { ForwardOptions, ForwardResult } from '../network/forward.js';
import type { NetworkBase } from '../network/network-base.js';
import { inputSignals } from '../network/predict.js';
import type { Tape } from '../tape/tape.js';
import { checkCarriedBatch } from './stateful.js';

/** Targets by the output's name. */
export type NamedTargets = Readonly<Record<string, EncodedTargets>>;

/** A window of a batch, or all of it. */
export interface Window {
  /** By the input's name. */
  readonly inputs: Readonly<Record<string, InputBatch>>;
  /** Rows of the batch. */
  readonly rows: number;
  /** The targets of `outputs`, masked steps included; undefined where this window has none. */
  targets(outputs: Readonly<Record<string, OutputSizes>>): NamedTargets | undefined;
}

/** The shape of an output's value, and the lengths of its rows. */
export interface OutputSizes {
  readonly value: Pick<Tensor, 'shape'>;
  readonly lengths?: Pick<Lengths, 'rows'>;
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
  checkCarriedBatch(model, carried, window.rows);
  const inputs = inputSignals(tape, model.isChain, window.inputs);
  return network.forward(tape, inputs, { ...options, initialState: carried.state });
}

/** The targets of a window, once its outputs are known; steps that are masked there weigh nothing. */
export async function targetsOf(
  { backend }: Pick<NetworkBase, 'backend'>,
  window: Window,
  outputs: Readonly<Record<string, Signal>>,
): Promise<NamedTargets | undefined> {
  const targets = window.targets(outputs);
  if (!targets) return undefined;
  const named: Record<string, EncodedTargets> = {};
  for (const name in targets) {
    const masked = unlessMasked(backend, targets[name], outputs[name]);
    named[name] = masked instanceof Promise ? await masked : masked;
  }
  return named;
}

/** The targets of an output, without weight where it is masked. Only an output with a mask has to be waited for. */
export function unlessMasked(
  { read }: Pick<Backend, 'read'>,
  targets: EncodedTargets,
  { mask, value }: Signal,
): EncodedTargets | Promise<EncodedTargets> {
  return mask && value.shape.length === 3 ? read(mask).then((steps) => withMask(targets, steps)) : targets;
}
