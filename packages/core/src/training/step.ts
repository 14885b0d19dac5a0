import type { CarriedState } from '../carried-state.js';
import type { Shape, Tensor } from '../contract/tensor.js';
import { sizeOf } from '../contract/tensor.js';
import { DivergenceError } from '../errors.js';
import type { Signal } from '../layers/layer.js';
import type { Loss } from '../losses/loss.js';
import { type EncodedTargets, withMask } from '../losses/targets.js';
import type { ForwardResult, Network } from '../network.js';
import { type Clip, clipGradients } from '../optimizers/clipping.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Tape } from '../tape/tape.js';
import { checkCarriedBatch } from './stateful.js';

/** A window of a batch, or all of it, on the host. */
export interface Window {
  readonly x: ArrayLike<number>;
  readonly shape: Shape;
  readonly lengths?: readonly number[];
  /** What the output should be, once its shape is known, masked steps included; undefined where this window has no targets. */
  targets(output: Signal): EncodedTargets | undefined;
}

export interface StepResult {
  readonly loss: number;
  /** Sum of the targets' weights: what the loss is a mean over. */
  readonly weight: number;
  readonly gradientNorm: number;
  readonly gradientNorms?: Readonly<Record<string, readonly number[]>>;
  readonly learningRate: number;
}

/**
 * Runs the network over a window, from the state carried so far.
 * @throws ShapeError where that is the state of another number of rows
 */
export function forwardWindow(
  network: Network,
  tape: Tape,
  window: Window,
  carried: CarriedState,
  options: {
    training: boolean;
    step?: number;
    watchSteps?: (layer: string, steps: readonly Tensor[]) => void;
  },
): ForwardResult {
  const { model } = network;
  checkCarriedBatch(model, carried, window.shape[model.input.kind === 'vector' ? 0 : 1]);
  const input = { value: tape.constant(window.x, window.shape), lengths: window.lengths };
  return network.forward(tape, input, { ...options, initialState: carried.state });
}

/** The targets of a window, once its output is known; steps that are masked there weigh nothing. */
export async function targetsOf(
  { backend }: Network,
  window: Window,
  output: Signal,
): Promise<EncodedTargets | undefined> {
  const targets = window.targets(output);
  const isSequence = output.value.shape.length === 3;
  return targets && output.mask && isSequence ? withMask(targets, await backend.read(output.mask)) : targets;
}

/** The loss of an output, [1]: its rows are all steps of all samples. */
export function lossOf(tape: Tape, loss: Loss, output: Signal, targets: EncodedTargets): Tensor {
  const rows = (x: Tensor) => tape.reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape[x.shape.length - 1]]);
  const prediction = {
    rows: rows(output.value),
    logits: output.logits && { kind: output.logits.kind, rows: rows(output.logits.value) },
  };
  return loss.compute(tape, prediction, targets);
}

/**
 * Forward, loss, backward, clip, update: one step of training on a window. `carried` moves to the state at its end;
 * where the window has no targets, that is all.
 * @throws DivergenceError before the update, where the loss or the gradient is not finite
 */
export async function trainStep(
  network: Network,
  optimizer: Optimizer,
  window: Window,
  carried: CarriedState,
  options: { loss: Loss; clip?: Clip; perStep: boolean },
): Promise<StepResult | undefined> {
  const { parameters, backend } = network;
  const tape = network.tape();
  try {
    for (const parameter of parameters.values()) tape.watch(parameter);
    const watched = new Map<string, readonly Tensor[]>();
    const watchSteps = options.perStep
      ? (layer: string, steps: readonly Tensor[]) => void watched.set(layer, steps)
      : undefined;
    const run = { training: true, step: optimizer.step, watchSteps };
    const { output, state } = forwardWindow(network, tape, window, carried, run);
    const targets = await targetsOf(network, window, output);
    const weight = targets?.weights.reduce((sum, w) => sum + w, 0) ?? 0;
    if (!targets || weight === 0) {
      carried.carry(tape, state);
      return undefined;
    }
    const loss = lossOf(tape, options.loss, output, targets);
    const steps = [...watched.values()].flat();
    const found = tape.gradients([[loss, 1]], [...parameters.values(), ...steps]);
    const names = [...parameters.keys()];
    const gradients = new Map(names.map((name, i) => [name, found[i]]));
    const { gradients: clipped, globalNorm } = clipGradients(tape, gradients, options.clip);
    const report = tape.concat(
      [loss, globalNorm, ...found.slice(names.length).map((dh) => norm(tape, dh))],
      0,
    );

    const [value, gradientNorm, ...stepNorms] = await backend.read(report);
    if (!Number.isFinite(value) || !Number.isFinite(gradientNorm)) {
      throw new DivergenceError(
        `at step ${optimizer.step + 1} the loss is ${value} and the gradient's norm ${gradientNorm}; the weights are still those ` +
          'before this step. Lower the learning rate, clip the gradient, or scale the data',
      );
    }
    const learningRate = optimizer.apply(tape, parameters, clipped);
    carried.carry(tape, state);
    return { loss: value, weight, gradientNorm, gradientNorms: perLayer(watched, stepNorms), learningRate };
  } finally {
    tape.dispose();
  }
}

function norm(tape: Tape, x: Tensor): Tensor {
  return tape.reshape(tape.sqrt(tape.sum(tape.mul(x, x))), [1]);
}

function perLayer(
  watched: ReadonlyMap<string, readonly Tensor[]>,
  norms: number[],
): Record<string, number[]> | undefined {
  if (watched.size === 0) return undefined;
  const rest = [...norms];
  return Object.fromEntries([...watched].map(([layer, steps]) => [layer, rest.splice(0, steps.length)]));
}
