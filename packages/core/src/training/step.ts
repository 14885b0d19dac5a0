import type { CarriedState } from '../carried-state.js';
import type { Shape, Tensor } from '../contract/tensor.js';
import { sizeOf } from '../contract/tensor.js';
import type { Signal } from '../layers/layer.js';
import type { Loss } from '../losses/loss.js';
import { type EncodedTargets, withMask } from '../losses/targets.js';
import type { ForwardOptions, ForwardResult, Network } from '../network.js';
import { type Clip, clipByNorms, readNorms } from '../optimizers/clipping.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Tape } from '../tape/tape.js';
import { divergence } from './divergence.js';
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
    watchSteps?: ForwardOptions['watchSteps'];
    watchOutputs?: ForwardOptions['watchOutputs'];
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
  options: { loss: Loss; clip?: Clip; perStep: boolean; samples: readonly number[] },
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
    const { norms, others } = await readNorms(tape, found, [loss]);
    const [value] = others;
    const stepNorms = norms.splice(names.length);
    const { gradients: clipped, globalNorm, bound } = clipByNorms(tape, gradients, norms, options.clip);
    // Optimizers square the gradient.
    const largest = backend.precision === 'float32' ? Math.fround(bound ** 2) : bound ** 2;
    if (![value, globalNorm, largest].every(Number.isFinite)) {
      const outputs = new Map<string, Tensor>();
      const watchOutputs = (layer: string, output: Tensor) => void outputs.set(layer, output);
      forwardWindow(network, tape, window, carried, { training: true, step: optimizer.step, watchOutputs });
      throw await divergence(backend, {
        step: optimizer.step + 1,
        samples: options.samples,
        loss: value,
        norm: globalNorm,
        outputs,
        gradients,
      });
    }
    const learningRate = optimizer.apply(tape, parameters, clipped);
    carried.carry(tape, state);
    return {
      loss: value,
      weight,
      gradientNorm: globalNorm,
      gradientNorms: perLayer(watched, stepNorms),
      learningRate,
    };
  } finally {
    tape.dispose();
  }
}

function perLayer(
  watched: ReadonlyMap<string, readonly Tensor[]>,
  norms: number[],
): Record<string, number[]> | undefined {
  if (watched.size === 0) return undefined;
  const rest = [...norms];
  return Object.fromEntries([...watched].map(([layer, steps]) => [layer, rest.splice(0, steps.length)]));
}
