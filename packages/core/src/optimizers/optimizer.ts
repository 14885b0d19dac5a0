import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { OptimizerInputs } from '../contract/fused.js';
import { sameShape, type Tensor } from '../contract/tensor.js';
import { OptionError, ShapeError } from '../errors.js';
import { isRecord, show } from '../options.js';
import { release } from '../release.js';
import { Tape } from '../tape/tape.js';
import { adagrad, adagradStep } from './adagrad.js';
import { adam, adamStep, adamw } from './adam.js';
import type { OptimizerConfig } from './config.js';
import { rmsprop, rmspropStep } from './rmsprop.js';
import { learningRateAt } from './schedules.js';
import { sgd, sgdStep } from './sgd.js';

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

/** Changes parameters by their gradients, and holds what the optimizer remembers of each from step to step. */
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
   * backend has one for this optimizer, and logs which way was taken.
   *
   * @param parameters owned by the caller, before and after
   * @param gradients one for each parameter, of its shape; zeros move a parameter too, by momentum and weight decay
   * @returns the learning rate of the step
   */
  apply(tape: Tape, parameters: Map<string, Tensor>, gradients: ReadonlyMap<string, Tensor>): number {
    this.#step += 1;
    const { config } = this;
    const learningRate = learningRateAt(config.learningRate, this.#step);
    const at = { config, learningRate, step: this.#step };

    const kernel = tape.fused.optimizer;
    const reason = kernel ? kernel.declines(config) : 'no fused kernel';
    const fused = reason === undefined ? kernel : undefined;
    tape.ran.push({ kernel: 'optimizer', way: fused ? 'fused' : 'composed', reason });

    for (const [name, parameter] of parameters) {
      const gradient = gradients.get(name);
      if (!gradient || !sameShape(gradient.shape, parameter.shape)) {
        const given = gradient ? `of shape [${gradient.shape}]` : 'missing';
        throw new ShapeError(`optimizer: the gradient of ${name} [${parameter.shape}] is ${given}`);
      }
      const state = this.#state.get(name) ?? this.#start(parameter);
      const inputs = { parameter, gradient, state };
      const next = fused ? fused.step(at, inputs) : this.#compose(at, inputs);
      parameters.set(name, next.parameter);
      this.#state.set(name, next.state);
    }
    return learningRate;
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

  #start(parameter: Tensor): Tensor[] {
    return startOf(this.config).map((value) => this.#backend.fill(parameter.shape, value));
  }

  /** The same bargain as a fused kernel's: consumes the parameter and the state. Nothing else of it stays. */
  #compose(at: { learningRate: number; step: number }, inputs: OptimizerInputs) {
    const tape = new Tape(this.#backend);
    try {
      const next = composedStep(tape, this.config, at, inputs);
      for (const x of [next.parameter, ...next.state]) tape.keep(x);
      for (const x of [inputs.parameter, ...inputs.state]) this.#backend.free(x);
      return next;
    } finally {
      tape.dispose();
    }
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
  inputs: OptimizerInputs,
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
