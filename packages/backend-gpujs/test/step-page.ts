/* Compares optimizer steps and products of stacks with the reference backend, in a page of Chromium. */
import { gpujs } from '@recurra/backend-gpujs';
import { reference } from '@recurra/backend-reference';
import {
  adagrad,
  adam,
  adamw,
  type Backend,
  clipGradients,
  Optimizer,
  type OptimizerConfig,
  rmsprop,
  type Shape,
  sgd,
  Tape,
  type Tensor,
} from '@recurra/core';
import { applyGuarded, type GuardedStep } from '@recurra/core/backend';

type Mode = 'webgl2' | 'webgl1';
type Elements = readonly (readonly number[])[];

const CONFIGS: readonly OptimizerConfig[] = [
  sgd({ weightDecay: 0.01 }),
  sgd({ momentum: 0.9, nesterov: true }),
  adam({ weightDecay: 0.01 }),
  adamw({ amsgrad: true }),
  rmsprop({ centered: true, momentum: 0.5 }),
  adagrad(),
];
/** One parameter, and several: a large one, one with one element, and an empty one. */
const SHAPES: readonly (readonly Shape[])[] = [[[3, 5]], [[70, 61], [1], [0, 4], [7]]];
const CLIP = 0.5;

/** Parameters that are stepped with the same gradients on any backend. */
class Steps {
  readonly #backend: Backend;
  readonly #optimizer: Optimizer;
  readonly #parameters: Map<string, Tensor>;
  #guarded?: GuardedStep;

  constructor(backend: Backend, config: OptimizerConfig, shapes: readonly Shape[]) {
    this.#backend = backend;
    this.#optimizer = new Optimizer(config, backend);
    this.#parameters = new Map(
      elementsOf(shapes, 0).map((data, i) => [`p${i}`, backend.upload(data, shapes[i])]),
    );
  }

  /** Takes the fused step. @returns the norm of the gradients; undefined if the backend has no such step */
  async guarded(gradients: Elements, loss: number, clip: number): Promise<number | undefined> {
    return onTape(this.#backend, async (tape) => {
      const tensors = this.#tensors(gradients, (data, shape) => tape.constant(data, shape));
      const guard = tape.constant([loss], [1]);
      this.#guarded = applyGuarded(this.#optimizer, tape, this.#parameters, tensors, guard, clip);
      return this.#guarded && (await this.#backend.read(this.#guarded.gradientNorm))[0];
    });
  }

  /** Takes the step that core composes. @returns the norm of the gradients */
  composed(gradients: Elements, clip: number): Promise<number> {
    return onTape(this.#backend, async (tape) => {
      const tensors = this.#tensors(gradients, (data, shape) => tape.constant(data, shape));
      const clipped = await clipGradients(tape, tensors, clip > 0 ? { globalNorm: clip } : undefined);
      this.#optimizer.apply(tape, this.#parameters, clipped.gradients);
      return clipped.globalNorm;
    });
  }

  /** Takes the fused step without a guard. */
  unguarded(gradients: Elements): Promise<void> {
    return onTape(this.#backend, async (tape) => {
      const tensors = this.#tensors(gradients, (data, shape) => tape.constant(data, shape));
      this.#optimizer.apply(tape, this.#parameters, tensors);
    });
  }

  /** Uncounts the last guarded step, which changed nothing. */
  takeBack(): void {
    (this.#guarded as GuardedStep).takeBack();
  }

  /** All parameters and all of their state, one element after the other. */
  async now(): Promise<number[]> {
    const all = [...this.#parameters].flatMap(([name, x]) => [x, ...(this.#optimizer.state.get(name) ?? [])]);
    const read = await Promise.all(all.map((x) => this.#backend.read(x)));
    return read.flatMap((elements) => [...elements]);
  }

  dispose(): void {
    this.#optimizer.dispose();
    for (const parameter of this.#parameters.values()) this.#backend.free(parameter);
  }

  #tensors(gradients: Elements, upload: (data: readonly number[], shape: Shape) => Tensor) {
    return new Map(
      [...this.#parameters].map(([name, { shape }], i) => [name, upload(gradients[i], shape)] as const),
    );
  }
}

/** Frees the tensors that `body` creates on a tape, once it has resolved. */
async function onTape<T>(backend: Backend, body: (tape: Tape) => Promise<T>): Promise<T> {
  const tape = new Tape(backend);
  try {
    return await body(tape);
  } finally {
    tape.dispose();
  }
}

/** Pseudo-random elements for arrays of these shapes. */
function elementsOf(shapes: readonly Shape[], seed: number): number[][] {
  return shapes.map((shape, n) => {
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    return Array.from({ length: size }, (_, i) => Math.sin(1 + i * 0.7 + n + seed * 11));
  });
}

function distance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...a.map((value, i) => Math.abs(value - b[i]) / (1 + Math.abs(b[i]))));
}

/**
 * The largest relative difference of parameters, states and norms from those of core's composition on the
 * reference.
 */
async function optimizerSteps(mode: Mode) {
  const [backend, exact] = [await gpujs({ mode }), await reference()];
  let [difference, normDifference] = [0, 0];
  for (const config of CONFIGS) {
    for (const shapes of SHAPES) {
      const [steps, right] = [new Steps(backend, config, shapes), new Steps(exact, config, shapes)];
      for (const [seed, clip] of [CLIP, 1e6, 0].entries()) {
        const gradients = elementsOf(shapes, seed + 1);
        const norm = await steps.guarded(gradients, 0.5, clip);
        const rightNorm = await right.composed(gradients, clip);
        normDifference = Math.max(normDifference, distance([norm ?? Number.NaN], [rightNorm]));
      }
      const gradients = elementsOf(shapes, 9);
      await steps.unguarded(gradients);
      await right.composed(gradients, 0);
      difference = Math.max(difference, distance(await steps.now(), await right.now()));
      for (const each of [steps, right]) each.dispose();
    }
  }
  const left = backend.memory();
  backend.dispose();
  return { difference, normDifference, left };
}

/** The effect of a step if `value` is the loss, or an element of the last gradient. */
async function guardedStep(mode: Mode, value: number, at: 'loss' | 'gradient') {
  const backend = await gpujs({ mode });
  let unchanged = true;
  const norms: string[] = [];
  for (const config of CONFIGS) {
    for (const shapes of SHAPES) {
      for (const clip of [0, CLIP]) {
        const steps = new Steps(backend, config, shapes);
        await steps.guarded(elementsOf(shapes, 1), 0.5, clip);
        const before = await steps.now();
        const gradients = elementsOf(shapes, 2);
        if (at === 'gradient') gradients[shapes.length - 1][2] = value;
        const norm = await steps.guarded(gradients, at === 'loss' ? value : 0.5, clip);
        steps.takeBack();
        norms.push(Number.isFinite(norm) ? 'finite' : 'not finite');
        const after = await steps.now();
        unchanged &&= after.length === before.length && after.every((x, i) => Object.is(x, before[i]));
        steps.dispose();
      }
    }
  }
  backend.dispose();
  return { unchanged, norms: [...new Set(norms)] };
}

/**
 * The largest difference between a product of stacks and the reference's, for all storage orders of the
 * operands.
 */
async function stackedProducts(mode: Mode) {
  const [backend, exact] = [await gpujs({ mode }), await reference()];
  const [count, m, k, n] = [3, 5, 7, 4];
  let difference = 0;
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const aShape = transposeA ? [count, k, m] : [count, m, k];
      const bShape = transposeB ? [count, n, k] : [count, k, n];
      const [a, b] = elementsOf([aShape, bShape], 1);
      const product = async (backend: Backend) => {
        const y = backend.matmul(
          backend.upload(a, aShape),
          backend.upload(b, bShape),
          transposeA,
          transposeB,
        );
        return [...y.shape, ...(await backend.read(y))];
      };
      difference = Math.max(difference, distance(await product(backend), await product(exact)));
    }
  }
  const none = backend.matmul(backend.fill([2, 3, 0], 1), backend.fill([2, 0, 2], 1), false, false);
  const empty = { shape: none.shape, elements: [...(await backend.read(none))] };
  backend.dispose();
  return { difference, empty };
}

export const stepCalls = { optimizerSteps, guardedStep, stackedProducts };
