/* Runs an optimizer on parameters with given gradients. */
import {
  type Backend,
  clipGradients,
  Optimizer,
  type OptimizerConfig,
  type Tape,
  type Tensor,
} from '@recurra/core';
import { applyGuarded, type GuardedStep } from '@recurra/core/backend';
import type { Check } from './check.js';
import { random, read, uniform, type Values } from './numbers.js';

/** A parameter, and its optimizer state. */
export interface Stepped {
  readonly parameter: Values;
  readonly state: readonly Values[];
}

/** A point in an optimizer's run: the number of steps, the parameter and its state. */
export interface Start extends Stepped {
  readonly step: number;
}

export interface RunOptions {
  /** The backend. Default: the one of the check. */
  readonly backend?: Backend;
  /** True to use fused kernels. Default true. */
  readonly fused?: boolean;
  /** Number of steps taken before. Default 0. */
  readonly step?: number;
}

/** An optimizer and its parameters. The case disposes of them when it ends. */
export class OptimizerRun {
  readonly #check: Check;
  readonly #backend: Backend;
  readonly #fused: boolean;
  readonly #optimizer: Optimizer;
  readonly #parameters: Map<string, Tensor>;
  #guarded?: GuardedStep;

  constructor(
    check: Check,
    config: OptimizerConfig,
    start: readonly (Pick<Stepped, 'parameter'> & Partial<Stepped>)[],
    { backend = check.backend, fused = true, step = 0 }: RunOptions = {},
  ) {
    const upload = ({ data, shape }: Values) => backend.upload(data, shape);
    this.#check = check;
    this.#backend = backend;
    this.#fused = fused;
    this.#optimizer = check.use(new Optimizer(config, backend));
    const parameters = new Map(start.map(({ parameter }, i) => [`p${i}`, upload(parameter)]));
    this.#parameters = parameters;
    check.use({
      dispose() {
        for (const parameter of parameters.values()) backend.free(parameter);
      },
    });
    if (step === 0) return;
    const states = start.map(({ state = [] }, i) => [`p${i}`, state.map(upload)] as const);
    this.#optimizer.restore(step, new Map(states), parameters);
  }

  /** Takes a step. @param gradients one for each parameter */
  step(gradients: readonly Values[], tape = this.#tape()): void {
    this.#optimizer.apply(tape, this.#parameters, this.#upload(tape, gradients));
  }

  /**
   * Takes a step that clips, and that changes nothing if the loss or the sum of all squared gradients is not
   * finite.
   * @returns the norm of all gradients; undefined if the backend has no kernel for it
   */
  async guardedStep(
    gradients: readonly Values[],
    { clip, loss }: { clip: number; loss: number },
    tape = this.#tape(),
  ): Promise<Values | undefined> {
    const guard = tape.constant([loss], [1]);
    const tensors = this.#upload(tape, gradients);
    this.#guarded = applyGuarded(this.#optimizer, tape, this.#parameters, tensors, guard, clip);
    return this.#guarded && read(this.#backend, this.#guarded.gradientNorm);
  }

  /** Like {@link guardedStep}; if the backend has no kernel for it, core clips the gradients. */
  async clippedStep(gradients: readonly Values[], clip: number): Promise<Values> {
    const norm = await this.guardedStep(gradients, { clip, loss: 0.5 });
    if (norm) return norm;
    const tape = this.#tape();
    const bound = clip > 0 ? { globalNorm: clip } : undefined;
    const clipped = await clipGradients(tape, this.#upload(tape, gradients), bound);
    this.#optimizer.apply(tape, this.#parameters, clipped.gradients);
    return { shape: [1], data: [clipped.globalNorm] };
  }

  /** Uncounts the last guarded step, which changed nothing. */
  takeBack(): void {
    (this.#guarded as GuardedStep).takeBack();
  }

  /** The current parameters and their states. */
  now(): Promise<Stepped[]> {
    const tensors = [...this.#parameters].map(([name, x]) => [x, ...(this.#optimizer.state.get(name) ?? [])]);
    return Promise.all(
      tensors.map(async (xs) => {
        const [parameter, ...state] = await Promise.all(xs.map((x) => read(this.#backend, x)));
        return { parameter, state };
      }),
    );
  }

  #tape(): Tape {
    return this.#check.tape(this.#backend, { fused: this.#fused });
  }

  #upload(tape: Tape, gradients: readonly Values[]): Map<string, Tensor> {
    return new Map(gradients.map(({ data, shape }, i) => [`p${i}`, tape.constant(data, shape)]));
  }
}

/** Takes a step of one parameter for each gradient, from the beginning or from a state, and reads the result. */
export async function steps(
  check: Check,
  options: RunOptions,
  config: OptimizerConfig,
  start: Pick<Start, 'parameter'> & Partial<Start>,
  gradients: Iterable<Values>,
): Promise<Stepped> {
  const run = new OptimizerRun(check, config, [start], { ...options, step: start.step });
  for (const gradient of gradients) run.step([gradient]);
  return (await run.now())[0];
}

/** Numbers of magnitude 0.25 to 1, because a step divides by them; every fifth is 0. */
export function awayFromZero(shape: readonly number[], seed: number): Values {
  const { data } = random(shape, seed, 0.25, 1);
  const signs = uniform(data.length, seed + 500);
  return { shape, data: data.map((value, i) => (i % 5 === 4 ? 0 : signs[i] < 0 ? -value : value)) };
}
