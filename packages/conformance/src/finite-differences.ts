import { type Backend, Tape, type Tensor } from '@recurra/core';
import type { Check } from './check.js';
import { random, read, type Values } from './numbers.js';
import { type Depth, DIFFERENCE, exact, ofDepth, ofDifferences } from './tolerance.js';

/** A differentiable computation. */
export interface Differentiable {
  /** The variables to differentiate by, by name. */
  readonly variables: Readonly<Record<string, Values>>;
  /** The depth of the forward and backward pass together. */
  readonly depth: Depth;
  /** The names of the outputs that have a gradient; the others are not used. Default: all. */
  readonly seeded?: readonly string[];
  /** The names of the variables whose gradients are not requested. Default: none. */
  readonly fixed?: readonly string[];
  /** Computes the outputs, by name, on the tape from the variables as tensors. */
  forward(tape: Tape, variables: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>>;
  /** Computes the same on the host, without any backend. Default: the reference is taken as right. */
  define?(variables: Readonly<Record<string, Values>>): Defined;
}

/** The outputs as they are defined, and the gradients of Σ output · weight for weights of some outputs. */
export interface Defined {
  readonly outputs: Readonly<Record<string, Values>>;
  gradients(weights: Readonly<Record<string, Values>>): Readonly<Record<string, Values>>;
}

export interface Computed {
  readonly outputs: Readonly<Record<string, Values>>;
  readonly gradients: Readonly<Record<string, Values>>;
  /** The variables, read back after both passes. */
  readonly variables: Readonly<Record<string, Values>>;
}

/**
 * Proves the gradients of Σ output · weight, with random weights. On a float64 backend they are compared with
 * central finite differences by every element of every variable; on a float32 backend, gradients and outputs
 * are compared with the reference.
 */
export async function provesGradients(check: Check, problem: Differentiable): Promise<void> {
  const actual = await equalsReference(check, problem);
  if (check.precision === 'float32') return;
  for (const name of watchedOf(problem)) {
    const gradient = await differences(check, problem, name);
    check.near(
      `gradient of ${name} by differences `,
      actual.gradients[name],
      gradient,
      ofDifferences(gradient.data, problem.depth),
    );
  }
}

/**
 * Proves that outputs and gradients equal the reference's. Used for computations that are too large for
 * finite differences.
 */
export async function equalsReference(check: Check, problem: Differentiable): Promise<Computed> {
  const actual = await differentiate(check.tape(), problem);
  sameComputed(check, actual, await expectedOf(check, problem), problem.depth);
  return actual;
}

/** The outputs and gradients by the problem's definition or, if it has none, the reference's. */
export async function expectedOf(check: Check, problem: Differentiable): Promise<Computed> {
  const { variables } = problem;
  if (!problem.define) return differentiate(check.tape(await check.reference()), problem);
  const { outputs, gradients } = problem.define(variables);
  const weights = seededOf(problem, outputs).map(({ name, y, at }): [string, Values] => [
    name,
    { shape: y.shape, data: weightOf(y, at) },
  ]);
  const all = gradients(Object.fromEntries(weights));
  const watched = watchedOf(problem).map((name): [string, Values] => [name, all[name]]);
  return { outputs, gradients: Object.fromEntries(watched), variables };
}

/** Fails unless two computations have the same outputs and gradients. @param begin prefix of every message */
export function sameComputed(
  check: Check,
  actual: Computed,
  expected: Computed,
  depth: Depth,
  begin = '',
): void {
  const near = (what: string, actual: Values, expected: Values) =>
    check.near(`${begin}${what} `, actual, expected, ofDepth(expected.data, depth, check.precision));
  for (const [name, output] of Object.entries(expected.outputs)) near(name, actual.outputs[name], output);
  for (const [name, gradient] of Object.entries(expected.gradients)) {
    near(`gradient of ${name}`, actual.gradients[name], gradient);
  }
}

/** Fails unless two computations have the same outputs and gradients, bit for bit. @param what prefix of every message */
export function sameBits(check: Check, what: string, actual: Computed, expected: Computed): void {
  for (const part of ['outputs', 'gradients'] as const)
    for (const [name, values] of Object.entries(expected[part]))
      check.near(`${what}: ${part}: ${name} `, actual[part][name], values, exact);
}

/** The weight of each element of an output in the objective. */
function weightOf(output: { shape: readonly number[] }, at: number): number[] {
  return random(output.shape, at + 1000, 0.5, 1.5).data.map((value, i) => (i % 3 === 1 ? -value : value));
}

/** Computes the outputs, and the gradients of the objective, on a tape. */
export function differentiate(tape: Tape, problem: Differentiable): Promise<Computed> {
  return record(tape, problem)();
}

/**
 * Computes the outputs, and returns a function that runs the backward pass once, for all requested gradients.
 */
export function record(tape: Tape, problem: Differentiable): () => Promise<Computed> {
  const tensors = upload(tape, problem.variables);
  const watched = watchedOf(problem);
  for (const name of watched) tape.watch(tensors[name]);
  const outputs = problem.forward(tape, tensors);
  return () => gradientsOf(tape, problem, tensors, outputs, watched);
}

async function gradientsOf(
  tape: Tape,
  problem: Differentiable,
  tensors: Readonly<Record<string, Tensor>>,
  outputs: Readonly<Record<string, Tensor>>,
  watched: string[],
): Promise<Computed> {
  const { backend } = tape;
  const seeds = seededOf(problem, outputs).map(({ y, at }): [Tensor, Tensor] => [
    y,
    tape.constant(weightOf(y, at), y.shape),
  ]);
  const gradients = tape.gradients(
    seeds,
    watched.map((name) => tensors[name]),
  );
  const named = async (names: string[], list: readonly Tensor[]) => {
    const values = await Promise.all(list.map((tensor) => read(backend, tensor)));
    return Object.fromEntries(names.map((name, i) => [name, values[i]]));
  };
  return {
    outputs: await named(Object.keys(outputs), Object.values(outputs)),
    gradients: await named(watched, gradients),
    variables: await named(Object.keys(tensors), Object.values(tensors)),
  };
}

/** The variables whose gradients are requested. */
function watchedOf({ variables, fixed = [] }: Differentiable): string[] {
  return Object.keys(variables).filter((name) => !fixed.includes(name));
}

/** The outputs that are part of the objective, each with its index among all outputs. */
function seededOf<Output>({ seeded }: Differentiable, outputs: Readonly<Record<string, Output>>) {
  return Object.entries(outputs)
    .map(([name, y], at) => ({ name, y, at }))
    .filter(({ name }) => seeded?.includes(name) ?? true);
}

/** Computes the outputs without gradients. */
export async function infer(
  tape: Tape,
  { variables, forward }: Differentiable,
): Promise<Computed['outputs']> {
  const outputs = forward(tape, upload(tape, variables));
  const entries = Object.entries(outputs).map(async ([name, y]) => [name, await read(tape.backend, y)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** (f(x + step) − f(x − step)) / (2 · step), element by element of one variable. */
async function differences(check: Check, problem: Differentiable, name: string): Promise<Values> {
  const { data, shape } = problem.variables[name];
  const result = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const moved = async (by: number) => {
      const values = Array.from(data);
      values[i] += by;
      return objective(check.backend, {
        ...problem,
        variables: { ...problem.variables, [name]: { data: values, shape } },
      });
    };
    result[i] = ((await moved(DIFFERENCE)) - (await moved(-DIFFERENCE))) / (2 * DIFFERENCE);
  }
  return { data: result, shape };
}

async function objective(backend: Backend, problem: Differentiable): Promise<number> {
  const tape = new Tape(backend);
  try {
    const outputs = problem.forward(tape, upload(tape, problem.variables));
    let total = 0;
    for (const { y, at } of seededOf(problem, outputs)) {
      const weights = weightOf(y, at);
      (await backend.read(y)).forEach((value, i) => {
        total += weights[i] * value;
      });
    }
    return total;
  } finally {
    tape.dispose();
  }
}

function upload(tape: Tape, variables: Readonly<Record<string, Values>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, { data, shape }]) => [name, tape.constant(data, shape)]),
  );
}
