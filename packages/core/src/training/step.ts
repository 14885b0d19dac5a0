import type { Regularizer } from '../cells/cell.js';
import type { Tensor } from '../contract/tensor.js';
import type { CarriedState } from '../network/carried-state.js';
import type { ForwardOptions } from '../network/forward.js';
import type { NetworkBase } from '../network/network-base.js';
import { keepBuffers } from '../network/weights.js';
import { type Clip, clipByNorms, readNorms } from '../optimizers/clipping.js';
import { applyGuarded, type Optimizer } from '../optimizers/optimizer.js';
import type { Tape } from '../tape/tape.js';
import { divergence } from './divergence.js';
import { firstNotFinite } from './first-not-finite.js';
import type { NamedTargets, Window } from './forward-window.js';
import type { OutputLoss } from './losses.js';
import { measureSegments, measureWindow, type SegmentOptions } from './measure.js';
import type { MetricRuns } from './metric-runs.js';
import { withPenalties } from './penalty.js';

export interface StepResult {
  readonly loss: number;
  /** Sum of the targets' weights, of all outputs: how much this step counts in the loss of the epoch. */
  readonly weight: number;
  readonly gradientNorm: number;
  readonly gradientNorms?: Readonly<Record<string, readonly number[]>>;
  readonly learningRate: number;
}

export interface StepOptions {
  /** Measured on the outputs of the step, which were computed before the update. */
  readonly metrics?: MetricRuns;
  /** By parameter. */
  readonly regularizers: ReadonlyMap<string, Regularizer>;
  readonly losses: readonly OutputLoss[];
  readonly clip?: Clip;
  /** Present to run in segments. */
  readonly segments?: SegmentOptions;
  /** True to report the norm of the gradient at each time step. */
  readonly perStep: boolean;
  /** The indices of the batch's samples, for messages. */
  readonly samples: readonly number[];
  /** Called with the targets, even if none of them counts. */
  readonly onTargets?: (targets: NamedTargets | undefined) => void;
}

/** The gradients of one training step. */
interface Gradients {
  readonly loss: Tensor;
  /** The gradient of each parameter. */
  readonly gradients: Map<string, Tensor>;
  /** The gradient of each recurrent layer's output at each time step; empty unless they are reported. */
  readonly ofSteps: ReadonlyMap<string, readonly Tensor[]>;
}

/**
 * One training step on a window: forward pass, loss, backward pass, clipping and update. `carried` becomes the state at
 * the end of the window. If the window has no targets, only the forward pass runs.
 * @throws DivergenceError before the update, if the loss or the gradient is not finite
 */
export async function trainStep(
  network: NetworkBase,
  optimizer: Optimizer,
  window: Window,
  carried: CarriedState,
  options: StepOptions,
): Promise<StepResult | undefined> {
  const tape = network.tape();
  let freeHeld = () => {};
  try {
    for (const parameter of network.parameters.values()) tape.watch(parameter);
    const watched = new Map<string, readonly Tensor[]>();
    const watchCells: ForwardOptions['watchCells'] = options.perStep
      ? { see: (layer, part, { states }) => void watched.set(part ? `${layer}.${part}` : layer, states) }
      : undefined;
    const { segments, losses } = options;
    const run = { training: true, step: optimizer.step, watchCells };
    const measured = segments
      ? await measureSegments(network, tape, window, carried, { ...segments, step: run.step }, (free) => {
          freeHeld = free;
        })
      : await measureWindow(network, tape, window, carried, losses, run);
    const { weight, state, buffers, outputs, targets } = measured;
    options.onTargets?.(targets);
    if (!measured.loss) {
      carried.carry(tape, state);
      // Metrics also count targets that the loss leaves out.
      await options.metrics?.update(network.backend, outputs, targets);
      return undefined;
    }
    const loss = withPenalties(tape, measured.loss, network.parameters, options.regularizers);
    const gradients = backward(network, tape, loss, watched);
    const update =
      (await updateGuarded(network, tape, optimizer, gradients, weight, options.clip)) ??
      (await updateChecked(network, tape, optimizer, gradients, weight, options, window, carried));
    carried.carry(tape, state);
    keepBuffers(network, tape, buffers);
    await options.metrics?.update(network.backend, outputs, targets);
    return update;
  } finally {
    freeHeld();
    tape.dispose();
  }
}

function backward(
  { parameters }: NetworkBase,
  tape: Tape,
  loss: Tensor,
  watched: ReadonlyMap<string, readonly Tensor[]>,
): Gradients {
  const of = [...parameters.values()];
  for (const steps of watched.values()) of.push(...steps);
  const results = tape.gradients([[loss, 1]], of);
  let next = 0;
  const gradients = new Map<string, Tensor>();
  for (const name of parameters.keys()) gradients.set(name, results[next++]);
  const ofSteps = new Map<string, readonly Tensor[]>();
  for (const [layer, { length }] of watched) {
    ofSteps.set(layer, results.slice(next, next + length));
    next += length;
  }
  return { loss, gradients, ofSteps };
}

/**
 * Updates the weights with one fused kernel, which clips by the global norm and changes nothing if a number is not
 * finite. The whole step is enqueued before anything is read.
 * @returns undefined if the backend has no such kernel, or the kernel changed nothing
 */
async function updateGuarded(
  { parameters }: NetworkBase,
  tape: Tape,
  optimizer: Optimizer,
  { loss, gradients, ofSteps }: Gradients,
  weight: number,
  clip: Clip | undefined,
): Promise<StepResult | undefined> {
  if (clip && !('globalNorm' in clip)) return undefined;
  const update = applyGuarded(optimizer, tape, parameters, gradients, loss, clip?.globalNorm ?? 0);
  if (!update) return undefined;
  const steps = [...ofSteps.values()].flat();
  const { norms, others } = await readNorms(tape, steps, [loss, update.gradientNorm]);
  const [value, gradientNorm] = others;
  if (!others.every(Number.isFinite)) {
    update.takeBack();
    return undefined;
  }
  return {
    loss: value,
    weight,
    gradientNorm,
    gradientNorms: perLayer(ofSteps, norms),
    learningRate: update.learningRate,
  };
}

/** Updates the weights after it has read the loss and the norms. @throws DivergenceError if they are not finite */
async function updateChecked(
  network: NetworkBase,
  tape: Tape,
  optimizer: Optimizer,
  { loss, gradients, ofSteps }: Gradients,
  weight: number,
  options: StepOptions,
  window: Window,
  carried: CarriedState,
): Promise<StepResult> {
  const { parameters, backend } = network;
  const { clip, samples } = options;
  const all = [...gradients.values(), ...[...ofSteps.values()].flat()];
  const { norms, others } = await readNorms(tape, all, [loss]);
  const [value] = others;
  const stepNorms = norms.splice(gradients.size);
  const { gradients: clipped, globalNorm, bound } = clipByNorms(tape, gradients, norms, clip);
  // Optimizers square the gradient.
  const largest = backend.precision === 'float32' ? Math.fround(bound ** 2) : bound ** 2;
  if (![value, globalNorm, largest].every(Number.isFinite)) {
    const { step } = optimizer;
    const layer = await firstNotFinite(network, tape, window, carried, { step, segments: options.segments });
    throw await divergence(backend, {
      step: optimizer.step + 1,
      samples,
      loss: value,
      norm: globalNorm,
      layer,
      gradients,
    });
  }
  const learningRate = optimizer.apply(tape, parameters, clipped);
  return {
    loss: value,
    weight,
    gradientNorm: globalNorm,
    gradientNorms: perLayer(ofSteps, stepNorms),
    learningRate,
  };
}

function perLayer(
  ofSteps: ReadonlyMap<string, readonly Tensor[]>,
  norms: readonly number[],
): Record<string, number[]> | undefined {
  if (ofSteps.size === 0) return undefined;
  const rest = [...norms];
  return Object.fromEntries([...ofSteps].map(([layer, steps]) => [layer, rest.splice(0, steps.length)]));
}
