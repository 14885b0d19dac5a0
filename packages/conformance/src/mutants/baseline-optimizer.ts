/* A correct fused optimizer, composed from the required operations, that mutants change. */
import { type Backend, Optimizer, type Tape, type Tensor, withTape } from '@recurra/core';
import type { OptimizerKernel, OptimizerSpec } from '@recurra/core/backend';

/** A parameter of a step, with its gradient and state. */
export interface ParameterStep {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly state: readonly Tensor[];
}

/** One step of one parameter. It consumes the parameter and the state, like `OptimizerKernel.step`. */
export type Update = (spec: OptimizerSpec, one: ParameterStep) => Omit<ParameterStep, 'gradient'>;

/** The parts of an optimizer that a mutant may replace. */
export interface OptimizerChange {
  /** The step of one parameter, with its clipped gradient. */
  update?: Update;
  /** The gradients after clipping. @param norm [1], of all gradients together */
  clipped?(tape: Tape, gradients: readonly Tensor[], norm: Tensor, clip: number): readonly Tensor[];
  /** [1]: 1 if a guarded step is taken, else 0. @param squares [1], the sum of all squared gradients */
  isTaken?(tape: Tape, guard: Tensor, squares: Tensor): Tensor;
  /** [1], the norm that is returned. @param squares [1], the sum of all squared gradients */
  gradientNorm?(tape: Tape, squares: Tensor, clip: number): Tensor;
}

export function optimizerKernel(right: Backend, change: OptimizerChange = {}): OptimizerKernel {
  const {
    update = updateOf(right),
    clipped = clippedGlobally,
    isTaken = (tape: Tape, guard: Tensor, squares: Tensor) =>
      tape.mul(isFinite32(tape, guard), isFinite32(tape, squares)),
    gradientNorm = normOf,
  } = change;
  return {
    declines: () => undefined,
    step(spec, { parameters, gradients, states, guard }) {
      if (!spec.guarded) {
        const next = parameters.map((parameter, i) =>
          update(spec, { parameter, gradient: gradients[i], state: states[i] }),
        );
        return { parameters: next.map((one) => one.parameter), states: next.map((one) => one.state) };
      }
      return withTape(right, (tape) => {
        const squares = sumOfSquares(tape, gradients);
        const taken = isTaken(tape, guard as Tensor, squares);
        const used = spec.clip > 0 ? clipped(tape, gradients, tape.sqrt(squares), spec.clip) : gradients;
        const next = parameters.map((parameter, i) => {
          const before = [parameter, ...states[i]].map((x) => tape.affine(x, 1));
          const one = update(spec, { parameter, gradient: used[i], state: states[i] });
          const [first, ...rest] = [one.parameter, ...one.state].map((after, j) =>
            tape.keep(tape.select(taken, tape.own(after), before[j])),
          );
          return { parameter: first, state: rest };
        });
        return {
          parameters: next.map((one) => one.parameter),
          states: next.map((one) => one.state),
          gradientNorm: tape.keep(gradientNorm(tape, squares, spec.clip)),
        };
      });
    },
  };
}

/** The step of core's optimizer, with the step count as an argument. */
export function updateOf(right: Backend): Update {
  return ({ config, learningRate, step }, { parameter, gradient, state }) => {
    const optimizer = new Optimizer({ ...config, learningRate }, right);
    const parameters = new Map([['it', parameter]]);
    if (step > 1) optimizer.restore(step - 1, new Map([['it', state]]), parameters);
    // At the first step the given state is the initial one; this optimizer creates its own.
    else for (const x of state) right.free(x);
    withTape(right, (tape) => optimizer.apply(tape, parameters, new Map([['it', gradient]])));
    return {
      parameter: parameters.get('it') as Tensor,
      state: optimizer.state.get('it') as readonly Tensor[],
    };
  };
}

/** [1] */
export function sumOfSquares(tape: Tape, xs: readonly Tensor[]): Tensor {
  return xs
    .map((x) => tape.reshape(tape.sum(tape.mul(x, x)), [1]))
    .reduce((total, sum) => tape.add(total, sum), tape.fill([1], 0));
}

/** Multiplies each gradient by clip / (norm + 1e-6) if that is below 1. */
const clippedGlobally: NonNullable<OptimizerChange['clipped']> = (tape, gradients, norm, clip) => {
  const factor = scaleOf(tape, norm, clip);
  return gradients.map((gradient) => tape.mul(gradient, factor));
};

/** min(1, clip / (norm + 1e-6)) */
export function scaleOf(tape: Tape, norm: Tensor, clip: number, epsilon = 1e-6): Tensor {
  const scale = tape.div(tape.fill([1], clip), tape.affine(norm, 1, epsilon));
  return tape.minimum(scale, tape.fill([1], 1));
}

/** √squares; infinite if the squares are too large for float32, although the arithmetic is in float64. */
function normOf(tape: Tape, squares: Tensor): Tensor {
  return tape.select(isFinite32(tape, squares), tape.sqrt(squares), tape.affine(squares, Infinity));
}

/** The smallest number that is infinite in float32. */
const LIMIT = 2 ** 128 * (1 - 2 ** -25);

/** 1 if x is finite in float32, else 0. */
export function isFinite32(tape: Tape, x: Tensor): Tensor {
  return tape.step(tape.affine(tape.abs(x), -1, LIMIT));
}
