/*
 * Correct fused kernels for a backend that has only the required operations: each runs core's composition on
 * a separate tape, and backward differentiates that tape. A mutant replaces the computation.
 */
import { type Backend, dense, seededRandom, type Tape, type Tensor, withTape } from '@recurra/core';
import {
  type CrossEntropyInputs,
  type CrossEntropyKernel,
  type DenseInputs,
  type DenseKernel,
  type DenseSpec,
  type FusedKernels,
  type RecurrentGradients,
  type RecurrentInputs,
  type RecurrentKernel,
  type RecurrentOutputGradients,
  type RecurrentSpec,
  type RecurrentWeights,
  recurrentSequence,
  softmaxCrossEntropy,
} from '@recurra/core/backend';
import { optimizerKernel } from './baseline-optimizer.js';
import { copied, ctcKernel, scanKernel } from './baseline-sequences.js';

/** All six kernels, unchanged. */
export function baselineKernels(backend: Backend): Required<FusedKernels> {
  return {
    recurrent: recurrentKernel(backend),
    dense: denseKernel(backend),
    crossEntropy: crossEntropyKernel(backend),
    scan: scanKernel(backend),
    ctc: ctcKernel(backend),
    optimizer: optimizerKernel(backend),
  };
}

/**
 * The result of a recurrent computation. It has `y` even if only the final state is requested; the kernel
 * then omits `y`.
 */
export type Composition = (
  tape: Tape,
  spec: RecurrentSpec,
  inputs: RecurrentInputs,
) => { readonly y: Tensor; readonly state: readonly Tensor[] };

/** The parts of a recurrent kernel that a mutant may replace. */
export interface RecurrentChange {
  /** Returns the backend that the tape runs on; called at every call of the kernel. */
  arithmetic?(right: Backend, spec: RecurrentSpec, inputs: RecurrentInputs): Backend;
  /** The computation of forward, which backward differentiates; `right` is core's composition. */
  forward?(
    tape: Tape,
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
    right: Composition,
  ): ReturnType<Composition>;
  /** The computation that backward differentiates, if other than that of forward. */
  differentiated?: RecurrentChange['forward'];
  /** Changes the gradients of the outputs before backward begins. */
  seeds?(
    tape: Tape,
    args: RecurrentOutputGradients,
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
  ): RecurrentOutputGradients;
  /** Changes the gradients that backward computed. */
  gradients?(
    tape: Tape,
    result: RecurrentGradients,
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
  ): RecurrentGradients;
}

export function recurrentKernel(right: Backend, change: RecurrentChange = {}): RecurrentKernel {
  const compose: Composition = (tape, spec, inputs) => {
    const { y, state } = recurrentSequence(tape, spec, inputs, {
      reverse: spec.reverse,
      sequence: true,
    });
    return { y: y as Tensor, state };
  };
  const backendFor = (spec: RecurrentSpec, inputs: RecurrentInputs) =>
    change.arithmetic?.(right, spec, inputs) ?? right;
  return {
    declines: () => undefined,
    prepare: async () => {},

    forward: (spec, inputs) =>
      withTape(backendFor(spec, inputs), (tape) => {
        const forward = change.forward ?? compose;
        const { y, state } = forward(tape, spec, inputs, compose);
        return {
          ...(spec.sequence && { y: copied(tape, y) }),
          state: state.map((x) => copied(tape, x)),
          saved: [],
        };
      }),

    backward: (spec, inputs, _outputs, outputGradients) =>
      withTape(backendFor(spec, inputs), (tape) => {
        const { x, weights, initialState = [] } = inputs;
        const trained = Object.values(weights).filter((weight) => weight !== undefined);
        const variables = [...(spec.inputGradient ? [x] : []), ...trained, ...initialState];
        for (const variable of variables) tape.watch(variable);

        const forward = change.differentiated ?? change.forward ?? compose;
        const { y, state } = forward(tape, spec, inputs, compose);
        const seeds = change.seeds?.(tape, outputGradients, spec, inputs) ?? outputGradients;
        const all = tape.gradients(
          [y, ...state].flatMap((output, i) => {
            const seed = [seeds.y, ...seeds.state][i];
            return seed ? [[output, seed] as const] : [];
          }),
          variables,
        );
        const result: RecurrentGradients = {
          x: spec.inputGradient ? all.shift() : undefined,
          weights: mapWeights(weights, () => all.shift() as Tensor),
          initialState: inputs.initialState?.map(() => all.shift() as Tensor),
        };
        const changed = change.gradients?.(tape, result, spec, inputs) ?? result;
        return {
          x: changed.x && copied(tape, changed.x),
          weights: mapWeights(changed.weights, (gradient) => copied(tape, gradient)),
          initialState: changed.initialState?.map((gradient) => copied(tape, gradient)),
        };
      }),
  };
}

/**
 * A dense kernel whose forward pass computes `forward`, and whose backward pass differentiates
 * `differentiated`.
 */
export function denseKernel(right: Backend, forward = composeDense, differentiated = forward): DenseKernel {
  return {
    declines: () => undefined,
    prepare: async () => {},
    forward: (spec, inputs) =>
      withTape(right, (tape) => ({ y: copied(tape, forward(tape, spec, inputs)), saved: [] })),
    backward: (spec, inputs, _outputs, dy) =>
      withTape(right, (tape) => {
        const { x, kernel, bias } = inputs;
        const variables = [kernel, ...(bias ? [bias] : []), ...(spec.inputGradient ? [x] : [])];
        for (const variable of variables) tape.watch(variable);
        const result = tape.gradients([[differentiated(tape, spec, inputs), dy]], variables);
        const [dKernel, dBias, dx] = [result.shift(), bias && result.shift(), result.shift()];
        return {
          kernel: copied(tape, dKernel as Tensor),
          bias: dBias && copied(tape, dBias),
          x: dx && copied(tape, dx),
        };
      }),
  };
}

/** The computation of a dense kernel. */
export function composeDense(tape: Tape, spec: DenseSpec, { x, kernel, bias }: DenseInputs): Tensor {
  const { units, activation, inputSize, training } = spec;
  const layer = dense({ units, activation, bias: bias !== undefined });
  const weights = { kernel, ...(bias && { bias }) };
  const context = { weights, buffers: {}, training, random: () => seededRandom(0) };
  const built = layer.build({ kind: 'vector', features: inputSize });
  return built.apply(tape, { value: x }, context).output.value;
}

/**
 * A softmax cross-entropy kernel whose forward pass computes `forward`, and whose backward pass
 * differentiates `differentiated`.
 */
export function crossEntropyKernel(
  right: Backend,
  forward = composeCrossEntropy,
  differentiated = forward,
): CrossEntropyKernel {
  return {
    declines: () => undefined,
    prepare: async () => {},
    forward: (_spec, inputs) =>
      withTape(right, (tape) => ({ loss: copied(tape, forward(tape, inputs)), saved: [] })),
    backward: (_spec, inputs, _outputs, dLoss) =>
      withTape(right, (tape) => {
        tape.watch(inputs.logits);
        const [gradient] = tape.gradients([[differentiated(tape, inputs), dLoss]], [inputs.logits]);
        return copied(tape, gradient);
      }),
  };
}

/** The computation of a cross-entropy kernel. */
export function composeCrossEntropy(tape: Tape, inputs: CrossEntropyInputs): Tensor {
  return softmaxCrossEntropy(tape, inputs);
}

/** Applies `change` to each weight that is present. */
export function mapWeights(
  weights: RecurrentWeights,
  change: (x: Tensor, name: keyof RecurrentWeights) => Tensor,
): RecurrentWeights {
  const entries = Object.entries(weights).filter(([, x]) => x !== undefined);
  return Object.fromEntries(
    entries.map(([name, x]) => [name, change(x, name as keyof RecurrentWeights)]),
  ) as unknown as RecurrentWeights;
}
