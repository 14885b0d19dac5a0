/* The forward pass and the loss of a training step: of a whole window, or in segments. */
import type { Tensor } from '../contract/tensor.js';
import type { LayerState, Signal } from '../layers/layer.js';
import type { CarriedState } from '../network/carried-state.js';
import type { ForwardOptions } from '../network/forward.js';
import type { NetworkBase } from '../network/network-base.js';
import type { Tape } from '../tape/tape.js';
import { forwardWindow, type NamedTargets, targetsOf, type Window } from './forward-window.js';
import { type OutputLoss, totalLoss, weightOf } from './losses.js';
import type { SegmentPlan } from './segment-plan.js';
import { type LossTerm, SegmentRun, type SegmentRunOptions } from './segment-run.js';
import { checkCarriedBatch } from './stateful.js';

/** What the forward pass of a training step computes. */
export interface Measured {
  /** The loss without penalties, [1]; undefined if no target counts. */
  readonly loss?: Tensor;
  /** The sum of the weights of all targets. */
  readonly weight: number;
  /** The state at the end of the window. */
  readonly state: Readonly<Record<string, LayerState>>;
  /** The new values of buffers, by name. */
  readonly buffers: ReadonlyMap<string, Tensor>;
  /** The outputs and their targets, for metrics; in segments only those that are needed whole. */
  readonly outputs: Readonly<Record<string, Signal>>;
  readonly targets: NamedTargets;
}

/** How a training step runs in segments. */
export interface SegmentOptions extends Pick<SegmentRunOptions, 'segments' | 'recompute'> {
  readonly plan: SegmentPlan;
  /** The names of the outputs that metrics need whole. */
  readonly whole: ReadonlySet<string>;
}

/** Runs a whole window and computes its loss. */
export async function measureWindow(
  network: NetworkBase,
  tape: Tape,
  window: Window,
  carried: CarriedState,
  losses: readonly OutputLoss[],
  options: Omit<ForwardOptions, 'initialState'>,
): Promise<Measured> {
  const { outputs, state, buffers } = forwardWindow(network, tape, window, carried, options);
  const targets = (await targetsOf(network, window, outputs)) ?? {};
  const weight = weightOfAll(targets);
  const loss = weight > 0 ? totalLoss(tape, losses, outputs, targets) : undefined;
  return { loss, weight, state, buffers, outputs, targets };
}

/**
 * Runs a window in segments and computes its loss: the mean over all steps, not over the means of the segments. Neither the
 * activations nor the outputs of all steps exist at the same time.
 * @param held receives a function that frees what the backward pass needs
 */
export async function measureSegments(
  network: NetworkBase,
  tape: Tape,
  window: Window,
  carried: CarriedState,
  { plan, whole, ...options }: SegmentOptions & SegmentRunOptions,
  held: (free: () => void) => void,
): Promise<Measured> {
  const { model } = network;
  checkCarriedBatch(model, carried, window.rows);
  const run = new SegmentRun(network, tape, window, carried, options);
  held(() => run.dispose());
  for (const stage of plan.stages) await run.run(stage);
  const outputs: Record<string, Signal> = {};
  for (const name of new Set([...plan.losses.map((output) => output.name), ...whole]))
    outputs[name] = run.whole(model.outputs[name].signal);
  const targets = (await targetsOf(network, window, outputs)) ?? {};
  const terms = [...run.losses];
  for (const output of plan.losses) {
    const encoded = targets[output.name];
    const weight = encoded ? weightOf(encoded) : 0;
    if (weight > 0)
      terms.push({ output, weight, loss: output.loss.compute(tape, outputs[output.name], encoded) });
  }
  const weight = terms.reduce((sum, term) => sum + term.weight, 0);
  const loss = terms.length > 0 ? meanOf(tape, terms) : undefined;
  return { loss, weight, state: run.states, buffers: run.buffers, outputs, targets };
}

/** Adds up losses over parts of the targets: Σ weight of the output · loss · share of the output's targets, [1]. */
function meanOf(tape: Tape, terms: readonly LossTerm[]): Tensor {
  const totals = new Map<string, number>();
  for (const { output, weight } of terms) totals.set(output.name, (totals.get(output.name) ?? 0) + weight);
  const factors = terms.map(
    ({ output, weight }) => (output.weight * weight) / (totals.get(output.name) as number),
  );
  const losses = tape.concat(
    terms.map(({ loss }) => loss),
    0,
  );
  const parts = tape.mul(losses, tape.constant(factors, [factors.length]));
  return tape.reshape(tape.sum(parts), [1]);
}

function weightOfAll(targets: NamedTargets): number {
  let weight = 0;
  for (const name in targets) weight += weightOf(targets[name]);
  return weight;
}
