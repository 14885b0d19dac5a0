/* What a scenario's outputs must be, and whether those of a system are. */
import { reference } from '@recurra/backend-reference';
import { distinctRows, problemOf } from './problem.js';
import type { Scenario } from './scenarios.js';
import { type Arrays, type Equations, trainingSteps } from './system.js';
import { prepareOn } from './systems/recurra.js';

/**
 * The outputs by the float64 reference backend. It computes only the distinct rows of the batch; the others repeat
 * them.
 */
export async function expectedOf(scenario: Scenario, equations?: Equations): Promise<Arrays> {
  const { mode, shape } = scenario;
  const rows = mode === 'task' ? shape.B : Math.min(shape.B, distinctRows);
  const copies = shape.B / rows;
  if (!Number.isInteger(copies))
    throw new Error(`${scenario.name}: B must be 1 or a multiple of ${distinctRows}, not ${shape.B}`);
  // The name seeds the numbers, so that the small problem has the large one's.
  const problem = problemOf({ ...scenario, shape: { ...shape, B: rows } });
  const backend = await reference();
  const outputs = await prepareOn(backend, problem, { equations }).outputs();
  backend.dispose();
  if (copies === 1) return outputs;
  const [T] = problem.x.shape;
  return Object.fromEntries(
    Object.entries(outputs).map(([name, values]) => {
      if (name === 'y' || name === 'x') return [name, repeated(values, T, copies)];
      if (name === 'last') return [name, repeated(values, 1, copies)];
      // Sums over the batch; the losses are means, and so is what follows from them.
      return [name, mode === 'gradients' ? Float64Array.from(values, (value) => value * copies) : values];
    }),
  );
}

/** [T, rows, F] → [T, rows · copies, F] */
function repeated(values: ArrayLike<number>, T: number, copies: number): Float64Array {
  const step = values.length / T;
  const all = new Float64Array(values.length * copies);
  for (let t = 0; t < T; t++) {
    for (let i = 0; i < step * copies; i++) all[t * step * copies + i] = values[t * step + (i % step)];
  }
  return all;
}

/** Largest ‖actual − expected‖ / ‖expected‖ that counts as equal: float32, summed in another order. */
const tolerance = 1e-4;
/** Of weights that Adam changed: where a gradient is near zero, its sign decides. */
const changeTolerance = 0.02;

/** Why `actual` is not what was expected, in words; undefined where it is. `initial` are the weights before training. */
export function difference(
  actual: Arrays,
  expected: Arrays,
  initial: Readonly<Record<string, { readonly data: ArrayLike<number> }>>,
): string | undefined {
  const names = Object.keys(actual);
  if (names.length === 0) return 'it gave no outputs';
  const trained = 'losses' in expected;
  for (const name of names) {
    if (!Object.hasOwn(expected, name)) return `it gave ${name}, which was not expected`;
    const [a, e] = [actual[name], expected[name]];
    if (a.length !== e.length) return `${name} has ${a.length} numbers, not ${e.length}`;
    const changed = trained && Object.hasOwn(initial, name);
    const error = relativeError(a, e, changed ? initial[name].data : undefined);
    if (!(error <= (changed ? changeTolerance : tolerance))) {
      const what = changed ? `the change of ${name} in ${trainingSteps} steps` : name;
      return `${what} is off by ${(100 * error).toPrecision(2)} % of its norm`;
    }
  }
  return undefined;
}

/** ‖a − e‖ / ‖e − from‖; NaN where a number is none. */
function relativeError(a: ArrayLike<number>, e: ArrayLike<number>, from?: ArrayLike<number>): number {
  let error = 0;
  let norm = 0;
  for (let i = 0; i < e.length; i++) {
    error += (a[i] - e[i]) ** 2;
    norm += (e[i] - (from?.[i] ?? 0)) ** 2;
  }
  return Math.sqrt(error / norm);
}
