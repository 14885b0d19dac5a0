import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { OptimizerInputs, OptimizerOutputs, OptimizerSpec } from '../contract/fused.js';
import type { OptimizerConfig } from '../contract/optimizer-config.js';
import { sameShape, type Tensor } from '../contract/tensor.js';
import { OptionError, ShapeError } from '../errors.js';
import { isRecord, show } from '../options.js';
import { release } from '../release.js';
import { type Tape, withTape } from '../tape/tape.js';
import { adagrad, adagradStep } from './adagrad.js';
import { adam, adamStep, adamw } from './adam.js';
import { rmsprop, rmspropStep } from './rmsprop.js';
import { learningRateAt } from './schedules.js';
import { sgd, sgdStep } from './sgd.js';
import type { ParameterStep } from './step.js';

const constructors = { sgd, adam, adamw, rmsprop, adagrad };

/**
 * Creates an optimizer configuration from a name, or from a configuration with some options omitted, as in JSON.
 * @throws OptionError for an unknown optimizer, or an unknown or invalid option
 */
export function optimizerConfig(optimizer: unknown): OptimizerConfig {
  const { kind, ...options } = isRecord(optimizer) ? optimizer : { kind: optimizer };
  if (typeof kind !== 'string' || !Object.hasOwn(constructors, kind)) {
    throw new OptionError(
      `optimizer must be one of ${Object.keys(constructors).join(', ')}, not ${show(kind)}`,
    );
  }
  return constructors[kind as keyof typeof constructors](options);
}

/** A step that the backend takes only if the loss and the gradients are finite. */
export interface GuardedStep {
  readonly learningRate: number;
  /** The norm of all gradients, [1]; the tape frees it. */
  readonly gradientNorm: Tensor;
  /** Uncounts the step. Call it if the loss or the norm is not finite when it is read: the step then changed nothing. */
  takeBack(): void;
}

/**
 * {@link Optimizer.apply} by a fused kernel that clips, and changes nothing if the loss or a gradient is not finite. It is
 * not a method because only training and the tests of backends need it.
 *
 * @param loss [1]
 * @param clip bound of the global norm of the gradients; 0 for none
 * @returns undefined, having done nothing, if the backend has no such kernel
 */
export let applyGuarded: (
  optimizer: Optimizer,
  tape: Tape,
  parameters: Map<string, Tensor>,
  gradients: ReadonlyMap<string, Tensor>,
  loss: Tensor,
  clip: number,
) => GuardedStep | undefined;

/** Updates parameters with their gradients, and stores the optimizer state of each parameter between steps. */
export class Optimizer {
  readonly config: OptimizerConfig;
  readonly #backend: Backend;
  #step = 0;
  #state = new Map<string, readonly Tensor[]>();

  /**
   * @param config the configuration, as returned by {@link adam} and the others
   * @throws OptionError if an argument is not an optimizer configuration or not a backend
   */
  constructor(config: OptimizerConfig, backend: Backend) {
    checkBackend('Optimizer', backend);
    this.config = optimizerConfig(config);
    this.#backend = backend;
  }

  /** The number of completed steps. */
  get step(): number {
    return this.#step;
  }

  /**
   * The state tensors of each parameter, in the order described in {@link OptimizerConfig}. The optimizer frees them.
   */
  get state(): ReadonlyMap<string, readonly Tensor[]> {
    return this.#state;
  }

  /**
   * Takes one step: puts the new parameters into the map and frees the old ones. `tape` selects the fused kernel, if
   * the backend has one for this optimizer, and logs which implementation ran.
   *
   * @param parameters the parameters; the caller owns the old and the new tensors
   * @param gradients one gradient for each parameter, of the same shape. Momentum and weight decay also change a
   *   parameter whose gradient is zero
   * @returns the learning rate of the step
   */
  apply(tape: Tape, parameters: Map<string, Tensor>, gradients: ReadonlyMap<string, Tensor>): number {
    const spec = this.#nextStep(0, false);
    const inputs = this.#inputs(parameters, gradients);
    const kernel = tape.kernel('optimizer', spec);
    this.#take(parameters, kernel ? kernel.step(spec, inputs) : this.#compose(spec, inputs));
    return spec.learningRate;
  }

  static {
    applyGuarded = (optimizer, tape, parameters, gradients, loss, clip) => {
      const spec = optimizer.#nextStep(clip, true);
      const kernel = tape.kernel('optimizer', spec);
      if (!kernel) return undefined;
      const outputs = kernel.step(spec, optimizer.#inputs(parameters, gradients, loss));
      optimizer.#take(parameters, outputs);
      return {
        learningRate: spec.learningRate,
        gradientNorm: tape.own(outputs.gradientNorm as Tensor),
        takeBack() {
          optimizer.#step -= 1;
        },
      };
    };
  }

  /**
   * Restores a checkpoint: takes ownership of `state`, and sets the number of completed steps to `step`.
   * @throws ShapeError, without any change, if the state does not fit the parameters
   */
  restore(
    step: number,
    state: ReadonlyMap<string, readonly Tensor[]>,
    parameters: ReadonlyMap<string, Tensor>,
  ): void {
    const count = startOf(this.config).length;
    for (const [name, { shape }] of parameters) {
      const tensors = state.get(name) ?? [];
      if (tensors.length !== (step > 0 ? count : 0) || !tensors.every((x) => sameShape(x.shape, shape))) {
        const actual = tensors.map((x) => `[${x.shape}]`).join(', ') || 'none';
        throw new ShapeError(
          `optimizer: ${this.config.kind} needs ${count} state tensors of shape [${shape}] for ${name}, not ${actual}`,
        );
      }
    }
    this.dispose();
    this.#step = step;
    // Before the first step a parameter has no state, even if `state` has an empty list for it.
    if (step > 0) this.#state = new Map(state);
  }

  /** Frees the state, and resets the optimizer to its initial condition. */
  dispose(): void {
    release(this.#backend, [...this.#state.values()].flat());
    this.#state = new Map();
    this.#step = 0;
  }

  #nextStep(clip: number, guarded: boolean): OptimizerSpec {
    const { config } = this;
    const step = this.#step + 1;
    return { config, learningRate: learningRateAt(config.learningRate, step), step, clip, guarded };
  }

  /** Collects a step's inputs in the order of `parameters`. @throws ShapeError for a gradient that does not fit */
  #inputs(
    parameters: ReadonlyMap<string, Tensor>,
    gradients: ReadonlyMap<string, Tensor>,
    guard?: Tensor,
  ): OptimizerInputs {
    const inputs = {
      parameters: [] as Tensor[],
      gradients: [] as Tensor[],
      states: [] as (readonly Tensor[])[],
      guard,
    };
    // Not `for (const [name, parameter] of …)`, which creates an array and an object for each, in every step.
    parameters.forEach((parameter, name) => {
      const gradient = gradients.get(name);
      if (!gradient || !sameShape(gradient.shape, parameter.shape)) {
        const problem = gradient ? `of shape [${gradient.shape}]` : 'missing';
        throw new ShapeError(`optimizer: the gradient of ${name} [${parameter.shape}] is ${problem}`);
      }
      inputs.parameters.push(parameter);
      inputs.gradients.push(gradient);
    });
    parameters.forEach(({ shape }, name) => {
      let state = this.#state.get(name);
      if (!state) {
        state = startOf(this.config).map((value) => this.#backend.fill(shape, value));
        this.#state.set(name, state);
      }
      inputs.states.push(state);
    });
    return inputs;
  }

  /** Counts the step, and keeps the new parameters and states. */
  #take(parameters: Map<string, Tensor>, next: OptimizerOutputs): void {
    this.#step += 1;
    // A kernel that writes into its inputs returns the same handles.
    let i = 0;
    parameters.forEach((parameter, name) => {
      if (parameter !== next.parameters[i]) parameters.set(name, next.parameters[i]);
      this.#state.set(name, next.states[i]);
      i += 1;
    });
  }

  /**
   * Composes a step. Like a fused kernel, it consumes the parameters and states, and leaves no other tensors on the
   * backend.
   */
  #compose(spec: OptimizerSpec, { parameters, gradients, states }: OptimizerInputs): OptimizerOutputs {
    const next = parameters.map((parameter, i) =>
      withTape(this.#backend, (tape) => {
        const inputs = { parameter, gradient: gradients[i], state: states[i] };
        const next = composedStep(tape, this.config, spec, inputs);
        for (const x of [next.parameter, ...next.state]) tape.keep(x);
        for (const x of [parameter, ...states[i]]) this.#backend.free(x);
        return next;
      }),
    );
    return { parameters: next.map((one) => one.parameter), states: next.map((one) => one.state) };
  }
}

/** The initial values of a parameter's state, one for each state tensor. */
function startOf(config: OptimizerConfig): number[] {
  switch (config.kind) {
    case 'sgd':
      return config.momentum > 0 ? [0] : [];
    case 'adam':
    case 'adamw':
      return config.amsgrad ? [0, 0, 0] : [0, 0];
    case 'rmsprop':
      return [0, ...(config.centered ? [0] : []), ...(config.momentum > 0 ? [0] : [])];
    case 'adagrad':
      return [config.initialAccumulator];
  }
}

function composedStep(
  tape: Tape,
  config: OptimizerConfig,
  at: { learningRate: number; step: number },
  inputs: ParameterStep,
) {
  switch (config.kind) {
    case 'sgd':
      return sgdStep(tape, config, at, inputs);
    case 'adam':
    case 'adamw':
      return adamStep(tape, config, at, inputs);
    case 'rmsprop':
      return rmspropStep(tape, config, at, inputs);
    case 'adagrad':
      return adagradStep(tape, config, at, inputs);
  }
}
