/*
 * Right fused kernels for a backend that has the required operations alone: each runs core's own composition on its own
 * tape, and backward differentiates that tape. A mutant puts another computation in its place.
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

/** All four kernels, right. */
export function baselineKernels(backend: Backend): Required<FusedKernels> {
  return {
    recurrent: recurrentKernel(backend),
    dense: denseKernel(backend),
    crossEntropy: crossEntropyKernel(backend),
    optimizer: optimizerKernel(backend),
  };
}

/** What a recurrent kernel computes: `y` also where only the final state is wanted, and the kernel leaves it out. */
export type Composition = (
  tape: Tape,
  spec: RecurrentSpec,
  inputs: RecurrentInputs,
) => { readonly y: Tensor; readonly state: readonly Tensor[] };

/** What a mutant may change of a recurrent kernel. */
export interface RecurrentChange {
  /** The backend that the tape runs on, at every call. */
  arithmetic?(right: Backend, spec: RecurrentSpec, inputs: RecurrentInputs): Backend;
  /** What forward computes and backward differentiates; `right` is core's composition. */
  forward?(
    tape: Tape,
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
    right: Composition,
  ): ReturnType<Composition>;
  /** What backward alone differentiates. */
  differentiated?: RecurrentChange['forward'];
  /** The gradients of the outputs, before backward begins. */
  seeds?(
    tape: Tape,
    args: RecurrentOutputGradients,
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
  ): RecurrentOutputGradients;
  /** The gradients that backward found. */
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
        const told = change.gradients?.(tape, result, spec, inputs) ?? result;
        return {
          x: told.x && copied(tape, told.x),
          weights: mapWeights(told.weights, (gradient) => copied(tape, gradient)),
          initialState: told.initialState?.map((gradient) => copied(tape, gradient)),
        };
      }),
  };
}

/** A dense kernel that computes `forward`, and differentiates `differentiated`. */
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

/** What a dense kernel computes. */
export function composeDense(tape: Tape, spec: DenseSpec, { x, kernel, bias }: DenseInputs): Tensor {
  const { units, activation, inputSize, training } = spec;
  const layer = dense({ units, activation, bias: bias !== undefined });
  const weights = { kernel, ...(bias && { bias }) };
  const context = { weights, buffers: {}, training, random: () => seededRandom(0) };
  const built = layer.build({ kind: 'vector', features: inputSize });
  return built.apply(tape, { value: x }, context).output.value;
}

/** A softmax cross-entropy that computes `forward`, and differentiates `differentiated`. */
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

/** What a cross-entropy kernel computes. */
export function composeCrossEntropy(tape: Tape, inputs: CrossEntropyInputs): Tensor {
  return softmaxCrossEntropy(tape, inputs);
}

/** Each weight that there is, changed. */
export function mapWeights(
  weights: RecurrentWeights,
  change: (x: Tensor, name: keyof RecurrentWeights) => Tensor,
): RecurrentWeights {
  const entries = Object.entries(weights).filter(([, x]) => x !== undefined);
  return Object.fromEntries(
    entries.map(([name, x]) => [name, change(x, name as keyof RecurrentWeights)]),
  ) as unknown as RecurrentWeights;
}

/** A tensor to be handed out: a new one, for what was computed may be an argument, or the same as another. */
function copied(tape: Tape, x: Tensor): Tensor {
  return tape.keep(tape.affine(x, 1));
}
