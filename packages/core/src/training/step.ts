import type { Tensor } from '../contract/tensor.js';
import type { Loss } from '../losses/loss.js';
import type { CarriedState } from '../network/carried-state.js';
import type { ForwardOptions, NetworkBase } from '../network/network-base.js';
import { type Clip, clipByNorms, readNorms } from '../optimizers/clipping.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Tape } from '../tape/tape.js';
import { divergence } from './divergence.js';
import { forwardWindow, targetsOf, type Window } from './forward-window.js';

export interface StepResult {
  readonly loss: number;
  /** Sum of the targets' weights: what the loss is a mean over. */
  readonly weight: number;
  readonly gradientNorm: number;
  readonly gradientNorms?: Readonly<Record<string, readonly number[]>>;
  readonly learningRate: number;
}

export interface StepOptions {
  readonly loss: Loss;
  readonly clip?: Clip;
  /** Report the norm of the gradient at each time step. */
  readonly perStep: boolean;
  /** The indices of the batch's samples, for messages. */
  readonly samples: readonly number[];
}

/** The backward pass of a step, and what is reported of it. */
interface Gradients {
  readonly loss: Tensor;
  /** Of each parameter. */
  readonly gradients: Map<string, Tensor>;
  /** Of the output of each recurrent layer at each time step, where they are reported. */
  readonly ofSteps: ReadonlyMap<string, readonly Tensor[]>;
}

/**
 * Forward, loss, backward, clip, update: one step of training on a window. `carried` moves to the state at its end;
 * where the window has no targets, that is all.
 * @throws DivergenceError before the update, where the loss or the gradient is not finite
 */
export async function trainStep(
  network: NetworkBase,
  optimizer: Optimizer,
  window: Window,
  carried: CarriedState,
  options: StepOptions,
): Promise<StepResult | undefined> {
  const tape = network.tape();
  try {
    for (const parameter of network.parameters.values()) tape.watch(parameter);
    const watched = new Map<string, readonly Tensor[]>();
    const watchCells: ForwardOptions['watchCells'] = options.perStep
      ? { see: (layer, part, { states }) => void watched.set(part ? `${layer}.${part}` : `${layer}`, states) }
      : undefined;
    const run = { training: true, step: optimizer.step, watchCells };
    const { output, state } = forwardWindow(network, tape, window, carried, run);
    const targets = await targetsOf(network, window, output);
    const weight = targets?.weights.reduce((sum, w) => sum + w, 0) ?? 0;
    if (!targets || weight === 0) {
      carried.carry(tape, state);
      return undefined;
    }
    const loss = options.loss.compute(tape, output, targets);
    const found = backward(network, tape, loss, watched);
    const update =
      (await updateGuarded(network, tape, optimizer, found, weight, options.clip)) ??
      (await updateChecked(network, tape, optimizer, found, weight, options, window, carried));
    carried.carry(tape, state);
    return update;
  } finally {
    tape.dispose();
  }
}

function backward(
  { parameters }: NetworkBase,
  tape: Tape,
  loss: Tensor,
  watched: ReadonlyMap<string, readonly Tensor[]>,
): Gradients {
  const of = [...parameters.values(), ...[...watched.values()].flat()];
  const found = tape.gradients([[loss, 1]], of);
  const take = (count: number) => found.splice(0, count);
  const names = [...parameters.keys()];
  const own = take(names.length);
  return {
    loss,
    gradients: new Map(names.map((name, i) => [name, own[i]])),
    ofSteps: new Map([...watched].map(([layer, steps]) => [layer, take(steps.length)])),
  };
}

/**
 * The update by one fused kernel, which clips by the global norm, and changes nothing where a number is not finite: all
 * of the step is enqueued before anything is read.
 * @returns undefined where the backend has no such kernel, or it changed nothing
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
  const guard = { loss, clip: clip?.globalNorm ?? 0 };
  const update = optimizer.applyGuarded(tape, parameters, gradients, guard);
  if (!update) return undefined;
  const steps = [...ofSteps.values()].flat();
  const { norms, others } = await readNorms(tape, steps, [loss, update.gradientNorm]);
  const [value, gradientNorm] = others;
  if (!Number.isFinite(value) || !Number.isFinite(gradientNorm)) {
    optimizer.takeBack();
    return undefined;
  }
  const { learningRate } = update;
  return { loss: value, weight, gradientNorm, gradientNorms: perLayer(ofSteps, norms), learningRate };
}

/** The update after loss and norms were read and found finite. @throws DivergenceError where they are not */
async function updateChecked(
  network: NetworkBase,
  tape: Tape,
  optimizer: Optimizer,
  { loss, gradients, ofSteps }: Gradients,
  weight: number,
  { clip, samples }: StepOptions,
  window: Window,
  carried: CarriedState,
): Promise<StepResult> {
  const { parameters, backend } = network;
  const all = [...gradients.values(), ...[...ofSteps.values()].flat()];
  const { norms, others } = await readNorms(tape, all, [loss]);
  const [value] = others;
  const stepNorms = norms.splice(gradients.size);
  const { gradients: clipped, globalNorm, bound } = clipByNorms(tape, gradients, norms, clip);
  // Optimizers square the gradient.
  const largest = backend.precision === 'float32' ? Math.fround(bound ** 2) : bound ** 2;
  if (![value, globalNorm, largest].every(Number.isFinite)) {
    const outputs = new Map<string, Tensor>();
    const watchOutputs = (layer: string, output: Tensor) => void outputs.set(layer, output);
    forwardWindow(network, tape, window, carried, { training: true, step: optimizer.step, watchOutputs });
    throw await divergence(backend, {
      step: optimizer.step + 1,
      samples,
      loss: value,
      norm: globalNorm,
      outputs,
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
