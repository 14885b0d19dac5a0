/*
 * Right fused kernels around a backend of the ground floor: each runs core's own composition on a tape of its own, and
 * backward walks that tape back. A mutant puts something else in the place of what is walked.
 */
import {
  type Backend,
  dense,
  Optimizer,
  seededRandom,
  type Tape,
  type Tensor,
  withTape,
} from '@recurra/core';
import {
  type CrossEntropyInputs,
  type CrossEntropyKernel,
  type DenseInputs,
  type DenseKernel,
  type DenseSpec,
  type FusedKernels,
  type OptimizerKernel,
  type RecurrentGradients,
  type RecurrentInputs,
  type RecurrentKernel,
  type RecurrentOutputGradients,
  type RecurrentSpec,
  type RecurrentWeights,
  recurrentSequence,
  softmaxCrossEntropy,
} from '@recurra/core/backend';

/** All four kernels, right. */
export function honestKernels(backend: Backend): Required<FusedKernels> {
  return {
    recurrent: recurrentKernel(backend),
    dense: denseKernel(backend),
    crossEntropy: crossEntropyKernel(backend),
    optimizer: optimizerKernel(backend),
  };
}

/** What a recurrent kernel computes. */
export type Walk = (
  tape: Tape,
  spec: RecurrentSpec,
  inputs: RecurrentInputs,
) => { readonly y: Tensor; readonly state: readonly Tensor[] };

/** Where a mutant may lay hands on a recurrent kernel. */
export interface RecurrentChange {
  /** The backend that the tape runs on: asked for at every call. */
  arithmetic?(right: Backend, spec: RecurrentSpec, inputs: RecurrentInputs): Backend;
  /** What forward computes and backward differentiates; `right` is core's composition. */
  walk?(tape: Tape, spec: RecurrentSpec, inputs: RecurrentInputs, right: Walk): ReturnType<Walk>;
  /** What backward alone differentiates. */
  backwardWalk?: RecurrentChange['walk'];
  /** The gradients of the outputs, before backward begins. */
  seeds?(
    tape: Tape,
    given: RecurrentOutputGradients,
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
  ): RecurrentOutputGradients;
  /** The gradients that backward found. */
  gradients?(
    tape: Tape,
    found: RecurrentGradients,
    spec: RecurrentSpec,
    inputs: RecurrentInputs,
  ): RecurrentGradients;
}

export function recurrentKernel(right: Backend, change: RecurrentChange = {}): RecurrentKernel {
  const compose: Walk = (tape, spec, inputs) => recurrentSequence(tape, spec, inputs);
  const backendFor = (spec: RecurrentSpec, inputs: RecurrentInputs) =>
    change.arithmetic?.(right, spec, inputs) ?? right;
  return {
    declines: ({ stepGradients }) => (stepGradients ? 'the gradient of each step' : undefined),

    forward: (spec, inputs) =>
      withTape(backendFor(spec, inputs), (tape) => {
        const walk = change.walk ?? compose;
        const { y, state } = walk(tape, spec, inputs, compose);
        return { y: given(tape, y), state: state.map((x) => given(tape, x)), saved: [] };
      }),

    backward: (spec, inputs, _outputs, outputGradients) =>
      withTape(backendFor(spec, inputs), (tape) => {
        const { x, weights, initialState = [] } = inputs;
        const trained = Object.values(weights).filter((weight) => weight !== undefined);
        const variables = [...(spec.inputGradient ? [x] : []), ...trained, ...initialState];
        for (const variable of variables) tape.watch(variable);

        const walk = change.backwardWalk ?? change.walk ?? compose;
        const { y, state } = walk(tape, spec, inputs, compose);
        const seeds = change.seeds?.(tape, outputGradients, spec, inputs) ?? outputGradients;
        const all = tape.gradients(
          [y, ...state].flatMap((output, i) => {
            const seed = [seeds.y, ...seeds.state][i];
            return seed ? [[output, seed] as const] : [];
          }),
          variables,
        );
        const found: RecurrentGradients = {
          x: spec.inputGradient ? all.shift() : undefined,
          weights: mapWeights(weights, () => all.shift() as Tensor),
          initialState: inputs.initialState?.map(() => all.shift() as Tensor),
        };
        const told = change.gradients?.(tape, found, spec, inputs) ?? found;
        return {
          x: told.x && given(tape, told.x),
          weights: mapWeights(told.weights, (gradient) => given(tape, gradient)),
          initialState: told.initialState?.map((gradient) => given(tape, gradient)),
        };
      }),
  };
}

/** A dense kernel that computes `walk`, and differentiates `backwardWalk`. */
export function denseKernel(right: Backend, walk = denseWalk, backwardWalk = walk): DenseKernel {
  return {
    declines: () => undefined,
    forward: (spec, inputs) =>
      withTape(right, (tape) => ({ y: given(tape, walk(tape, spec, inputs)), saved: [] })),
    backward: (spec, inputs, _outputs, dy) =>
      withTape(right, (tape) => {
        const { x, kernel, bias } = inputs;
        const variables = [kernel, ...(bias ? [bias] : []), ...(spec.inputGradient ? [x] : [])];
        for (const variable of variables) tape.watch(variable);
        const found = tape.gradients([[backwardWalk(tape, spec, inputs), dy]], variables);
        const [dKernel, dBias, dx] = [found.shift(), bias && found.shift(), found.shift()];
        return {
          kernel: given(tape, dKernel as Tensor),
          bias: dBias && given(tape, dBias),
          x: dx && given(tape, dx),
        };
      }),
  };
}

/** What a dense kernel computes. */
export function denseWalk(tape: Tape, spec: DenseSpec, { x, kernel, bias }: DenseInputs): Tensor {
  const { units, activation, inputSize, training } = spec;
  const layer = dense({ units, activation, bias: bias !== undefined });
  const context = { weights: { kernel, ...(bias && { bias }) }, training, random: () => seededRandom(0) };
  const built = layer.build({ kind: 'vector', features: inputSize });
  return built.apply(tape, { value: x }, context).outputs[0].value;
}

/** A softmax cross-entropy that computes `walk`, and differentiates `backwardWalk`. */
export function crossEntropyKernel(
  right: Backend,
  walk = crossEntropyWalk,
  backwardWalk = walk,
): CrossEntropyKernel {
  return {
    declines: () => undefined,
    forward: (_spec, inputs) =>
      withTape(right, (tape) => ({ loss: given(tape, walk(tape, inputs)), saved: [] })),
    backward: (_spec, inputs, _outputs, dLoss) =>
      withTape(right, (tape) => {
        tape.watch(inputs.logits);
        const [gradient] = tape.gradients([[backwardWalk(tape, inputs), dLoss]], [inputs.logits]);
        return given(tape, gradient);
      }),
  };
}

/** What a cross-entropy kernel computes. */
export function crossEntropyWalk(tape: Tape, inputs: CrossEntropyInputs): Tensor {
  return softmaxCrossEntropy(tape, inputs);
}

/** An optimizer's step by core's own optimizer, which is told at which step it is. */
export function optimizerKernel(right: Backend): OptimizerKernel {
  return {
    declines: () => undefined,
    step({ config, learningRate, step }, { parameter, gradient, state }) {
      const optimizer = new Optimizer({ ...config, learningRate }, right);
      const parameters = new Map([['it', parameter]]);
      if (step > 1) optimizer.restore(step - 1, new Map([['it', state]]), parameters);
      // At the first step the state is what an optimizer starts with, and this one makes its own.
      else for (const x of state) right.free(x);
      withTape(right, (tape) => optimizer.apply(tape, parameters, new Map([['it', gradient]])));
      return {
        parameter: parameters.get('it') as Tensor,
        state: optimizer.state.get('it') as readonly Tensor[],
      };
    },
  };
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
function given(tape: Tape, x: Tensor): Tensor {
  return tape.keep(tape.affine(x, 1));
}
