/* The expected outputs of a scenario, and the comparison of a system's outputs with them. */
import { reference } from '@recurra/backend-reference';
import { distinctRows, type Problem, problemOf } from './problem.js';
import type { Scenario } from './scenarios.js';
import { type Arrays, type Equations, trainingSteps } from './system.js';
import { prepareOn } from './systems/recurra.js';

/** Computes the outputs of the float64 reference backend. */
export type Reference = (scenario: Scenario, equations?: Equations) => Promise<Arrays>;

/** On this thread. Seconds for the largest scenarios. */
export const computeReference: Reference = async (scenario, equations) => {
  const backend = await reference();
  const outputs = await prepareOn(backend, problemOf(scenario), { equations }).outputs();
  backend.dispose();
  return outputs;
};

/** The scenario with only the distinct rows of its batch: the reference computes no others. */
export function distinctOf(scenario: Scenario): Scenario {
  const { mode, name, shape } = scenario;
  const B = mode === 'task' ? shape.B : Math.min(shape.B, distinctRows);
  if (shape.B % B !== 0)
    throw new Error(`${name}: B must be 1 or a multiple of ${distinctRows}, not ${shape.B}`);
  // The numbers are seeded by the scenario's name, so this smaller problem has the same numbers.
  return { ...scenario, shape: { ...shape, B } };
}

/** The outputs of the float64 reference backend. All rows of the batch are copies of the distinct ones. */
export async function expectedOf(
  scenario: Scenario,
  equations?: Equations,
  compute: Reference = computeReference,
): Promise<Arrays> {
  const { mode, shape } = scenario;
  const distinct = distinctOf(scenario);
  const copies = shape.B / distinct.shape.B;
  const outputs = await compute(distinct, equations);
  const [T] = problemOf(distinct).x.shape;
  const copied = ([name, values]: [string, ArrayLike<number>]) => {
    if (name === 'y' || name === 'x') return [name, repeatRows(values, T, copies)];
    if (name === 'last') return [name, repeatRows(values, 1, copies)];
    // The gradients of weights are sums over the batch. Losses are means, which copies do not change.
    return [name, mode === 'gradients' ? Float64Array.from(values, (value) => value * copies) : values];
  };
  return copies === 1 ? outputs : Object.fromEntries(Object.entries(outputs).map(copied));
}

/** [T, rows, F] → [T, rows · copies, F] */
function repeatRows(values: ArrayLike<number>, T: number, copies: number): Float64Array {
  const step = values.length / T;
  return Float64Array.from({ length: values.length * copies }, (_, i) => {
    return values[Math.floor(i / (step * copies)) * step + (i % step)];
  });
}

/** The largest ‖actual − expected‖ / ‖expected‖ that counts as equal: float32 numbers are added in another order. */
const tolerance = 1e-4;
/** The same for the changes that Adam makes to weights: where a gradient is near zero, its sign decides. */
const changeTolerance = 0.02;

/**
 * Describes how `actual` differs from `expected`; undefined if they agree.
 * @param initial the weights before training
 */
export function difference(
  actual: Arrays,
  expected: Arrays,
  initial: Problem['weights'],
): string | undefined {
  const names = Object.keys(actual);
  if (names.length === 0) return 'it has no outputs';
  for (const name of names) {
    if (!Object.hasOwn(expected, name)) return `it has an output ${name}, which is not expected`;
    const [a, e] = [actual[name], expected[name]];
    if (a.length !== e.length) return `${name} has ${a.length} numbers, not ${e.length}`;
    const isChange = 'losses' in expected && Object.hasOwn(initial, name);
    const error = relativeError(a, e, isChange ? initial[name].data : undefined);
    // NaN, too, is an error.
    if (!(error <= (isChange ? changeTolerance : tolerance))) {
      const what = isChange ? `the change of ${name} in ${trainingSteps} steps` : name;
      return `${what} is off by ${(100 * error).toPrecision(2)} % of its norm`;
    }
  }
  return undefined;
}

/** ‖a − e‖ / ‖e − start‖ */
function relativeError(a: ArrayLike<number>, e: ArrayLike<number>, start?: ArrayLike<number>): number {
  let error = 0;
  let norm = 0;
  for (let i = 0; i < e.length; i++) {
    error += (a[i] - e[i]) ** 2;
    norm += (e[i] - (start?.[i] ?? 0)) ** 2;
  }
  return Math.sqrt(error / norm);
}
