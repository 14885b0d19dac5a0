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
 * An optimizer by its name, with its defaults, or by a config whose options may be left out, as JSON has it.
 * @throws OptionError for an unknown optimizer, or an option that it cannot have
 */
export function optimizerConfig(given: unknown): OptimizerConfig {
  const { kind, ...options } = isRecord(given) ? given : { kind: given };
  if (typeof kind !== 'string' || !Object.hasOwn(constructors, kind)) {
    throw new OptionError(
      `optimizer must be one of ${Object.keys(constructors).join(', ')}, not ${show(kind)}`,
    );
  }
  return constructors[kind as keyof typeof constructors](options);
}

/** What makes a step safe to take before anything has been read. */
export interface StepGuard {
  /** [1] */
  readonly loss: Tensor;
  /** Bound of the global norm of the gradients; 0 for none. */
  readonly clip: number;
}

/** Changes parameters by their gradients, and holds the optimizer's state of each parameter from step to step. */
export class Optimizer {
  readonly config: OptimizerConfig;
  readonly #backend: Backend;
  #step = 0;
  #state = new Map<string, readonly Tensor[]>();

  /**
   * @param config as {@link adam} and the others return it
   * @throws OptionError for what is not an optimizer, or not a backend
   */
  constructor(config: OptimizerConfig, backend: Backend) {
    checkBackend('Optimizer', backend);
    this.config = optimizerConfig(config);
    this.#backend = backend;
  }

  /** Steps taken. */
  get step(): number {
    return this.#step;
  }

  /** The tensors kept for each parameter, in the order that {@link OptimizerConfig} gives; the optimizer frees them. */
  get state(): ReadonlyMap<string, readonly Tensor[]> {
    return this.#state;
  }

  /**
   * Takes one step: puts the new parameters into the map, and frees the old ones. `tape` gives the fused kernel, if the
   * backend has one for this optimizer, and logs which implementation ran.
   *
   * @param parameters owned by the caller, before and after
   * @param gradients one for each parameter, of its shape; zeros move a parameter too, by momentum and weight decay
   * @returns the learning rate of the step
   */
  apply(tape: Tape, parameters: Map<string, Tensor>, gradients: ReadonlyMap<string, Tensor>): number {
    const spec = this.#nextStep(0, false);
    const inputs = this.#inputs(parameters, gradients);
    this.#step += 1;
    const kernel = tape.kernel('optimizer', spec);
    this.#take(parameters, kernel ? kernel.step(spec, inputs) : this.#compose(spec, inputs));
    return spec.learningRate;
  }

  /**
   * {@link apply} by a fused kernel that clips, and changes nothing where the loss or a gradient is not finite. Whether it
   * did shows when its gradient norm and the loss are read; {@link takeBack} then uncounts the step.
   *
   * @returns the norm of all gradients, [1], of the tape; undefined, having done nothing, where the backend has no such kernel
   */
  applyGuarded(
    tape: Tape,
    parameters: Map<string, Tensor>,
    gradients: ReadonlyMap<string, Tensor>,
    { loss, clip }: StepGuard,
  ): { readonly learningRate: number; readonly gradientNorm: Tensor } | undefined {
    const spec = this.#nextStep(clip, true);
    const kernel = tape.kernel('optimizer', spec);
    if (!kernel) return undefined;
    const outputs = kernel.step(spec, this.#inputs(parameters, gradients, loss));
    this.#step += 1;
    this.#take(parameters, outputs);
    return { learningRate: spec.learningRate, gradientNorm: tape.own(outputs.gradientNorm as Tensor) };
  }

  /** Uncounts the last step, which changed nothing. */
  takeBack(): void {
    this.#step -= 1;
  }

  /**
   * Goes on from a checkpoint: takes `state` over, after `step` steps.
   * @throws ShapeError, having taken nothing, where it is not the state of these parameters
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
        const given = tensors.map((x) => `[${x.shape}]`).join(', ') || 'nothing';
        throw new ShapeError(
          `optimizer: ${this.config.kind} keeps ${count} tensors of shape [${shape}] for ${name}, and ${given} was given`,
        );
      }
    }
    this.dispose();
    this.#step = step;
    this.#state = new Map(state);
  }

  /** Frees the state. The optimizer is then as new. */
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

  /** In the order of `parameters`, which is the order of the state too. @throws ShapeError for a gradient that does not fit */
  #inputs(
    parameters: ReadonlyMap<string, Tensor>,
    gradients: ReadonlyMap<string, Tensor>,
    guard?: Tensor,
  ): OptimizerInputs {
    for (const [name, { shape }] of parameters) {
      const gradient = gradients.get(name);
      if (gradient && sameShape(gradient.shape, shape)) continue;
      const given = gradient ? `of shape [${gradient.shape}]` : 'missing';
      throw new ShapeError(`optimizer: the gradient of ${name} [${shape}] is ${given}`);
    }
    const names = [...parameters.keys()];
    for (const [name, { shape }] of parameters) {
      if (this.#state.has(name)) continue;
      this.#state.set(
        name,
        startOf(this.config).map((value) => this.#backend.fill(shape, value)),
      );
    }
    return {
      parameters: [...parameters.values()],
      gradients: names.map((name) => gradients.get(name) as Tensor),
      states: names.map((name) => this.#state.get(name) as readonly Tensor[]),
      guard,
    };
  }

  #take(parameters: Map<string, Tensor>, next: OptimizerOutputs): void {
    [...parameters.keys()].forEach((name, i) => {
      parameters.set(name, next.parameters[i]);
      this.#state.set(name, next.states[i]);
    });
  }

  /** As a fused kernel does: consumes the parameters and states, and leaves nothing else on the backend. */
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

/** The values that a parameter's state starts with, one for each tensor of it. */
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
