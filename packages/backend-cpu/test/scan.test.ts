import type { Backend } from '@recurra/core';
import type { ScanInputs, ScanKernel, ScanSpec } from '@recurra/core/backend';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cpu } from '../src/index.js';
import { expectClose, numbers } from './support.js';

let one: Backend;
let two: Backend;

beforeAll(async () => {
  one = await cpu({ threads: 1 });
  two = await cpu({ threads: 2, share: 'always' });
});

afterAll(() => {
  one.dispose();
  two.dispose();
});

interface Case extends Omit<ScanSpec, 'lengths' | 'training'> {
  readonly lengths?: readonly number[];
  /** Whether the gradients of y and of the final state are given. */
  readonly used: { readonly y: boolean; readonly state: boolean };
}

type Results = Record<string, ArrayLike<number>>;

/** The operands of a case: the coefficients, initial state and output gradients. */
function operands({ time, batch, units }: Case) {
  const [steps, state] = [time * batch * units, batch * units];
  return {
    a: numbers(steps, 1),
    b: numbers(steps, 2),
    initialState: numbers(state, 3),
    dy: numbers(steps, 4),
    dState: numbers(state, 5),
  };
}

/** The results of plain loops in float64, one element at a time. */
function exact(it: Case): Results {
  const { time, batch, units, reverse, lengths, used } = it;
  const { a, b, initialState, dy, dState } = operands(it);
  const [y, da, db] = [0, 0, 0].map(() => new Float64Array(a.length));
  const [state, dInitialState] = [0, 0].map(() => new Float64Array(batch * units));
  for (let row = 0; row < batch; row++) {
    const steps = Array.from({ length: lengths?.[row] ?? time }, (_, t) => t);
    if (reverse) steps.reverse();
    for (let element = row * units; element < (row + 1) * units; element++) {
      const start = it.initialState ? initialState[element] : 0;
      let h = start;
      const before = steps.map((t) => {
        const at = t * batch * units + element;
        const previous = h;
        h = a[at] * h + b[at];
        y[at] = h;
        return previous;
      });
      state[element] = h;
      let g = used.state ? dState[element] : 0;
      for (let i = steps.length - 1; i >= 0; i--) {
        const at = steps[i] * batch * units + element;
        if (used.y) g += dy[at];
        db[at] = g;
        da[at] = g * before[i];
        g *= a[at];
      }
      dInitialState[element] = g;
    }
  }
  return { y, state, da, db, ...(it.initialState && { dInitialState }) };
}

async function run(backend: Backend, it: Case): Promise<Results> {
  const { time, batch, units, used } = it;
  const values = operands(it);
  const kernel = backend.fused?.scan as ScanKernel;
  const spec: ScanSpec = { ...it, lengths: it.lengths !== undefined, training: true };
  const before = backend.memory().tensors;
  const steps = (data: Float32Array) => backend.upload(data, [time, batch, units]);
  const states = (data: Float32Array) => backend.upload(data, [batch, units]);
  // Past a row's length everything is NaN, which must not be read.
  it.lengths?.forEach((length, row) => {
    for (const data of [values.a, values.b, values.dy]) {
      for (let t = length; t < time; t++) {
        data.fill(Number.NaN, (t * batch + row) * units, (t * batch + row + 1) * units);
      }
    }
  });
  const inputs: ScanInputs = {
    a: steps(values.a),
    b: steps(values.b),
    ...(it.initialState && { initialState: states(values.initialState) }),
    ...(it.lengths && { lengths: backend.upload(Float32Array.from(it.lengths), [batch]) }),
  };
  const outputs = kernel.forward(spec, inputs);
  const seeds = {
    y: used.y ? steps(values.dy) : undefined,
    state: used.state ? states(values.dState) : undefined,
  };
  const gradients = kernel.backward(spec, inputs, outputs, seeds);
  const named = {
    y: outputs.y,
    state: outputs.state,
    da: gradients.a,
    db: gradients.b,
    ...(gradients.initialState && { dInitialState: gradients.initialState }),
  };
  const results: Results = {};
  for (const [name, x] of Object.entries(named)) results[name] = await backend.read(x);
  for (const x of [
    ...Object.values(inputs),
    ...Object.values(seeds),
    ...Object.values(named),
    ...outputs.saved,
  ]) {
    if (x) backend.free(x);
  }
  expect(backend.memory().tensors).toBe(before);
  return results;
}

const both = { y: true, state: true };
/** Sizes around a vector (4) and the elements that a thread takes at least (64), where rows begin within both. */
const CASES: Record<string, Case> = {
  'one element': { time: 5, batch: 1, units: 1, reverse: false, initialState: true, used: both },
  'no steps': { time: 0, batch: 2, units: 3, reverse: false, initialState: true, used: both },
  'rows of part of a vector': {
    time: 7,
    batch: 3,
    units: 43,
    reverse: false,
    initialState: false,
    used: both,
  },
  'several shares, reversed': { time: 6, batch: 5, units: 65, reverse: true, initialState: true, used: both },
  lengths: {
    time: 6,
    batch: 5,
    units: 33,
    reverse: false,
    initialState: true,
    lengths: [6, 0, 3, 1, 5],
    used: both,
  },
  'lengths, reversed, no initial state': {
    ...{ time: 6, batch: 5, units: 30, reverse: true, initialState: false, lengths: [2, 6, 0, 4, 1] },
    used: { y: true, state: false },
  },
  'only the final state is used': {
    ...{ time: 4, batch: 2, units: 70, reverse: true, initialState: true, lengths: [4, 2] },
    used: { y: false, state: true },
  },
};

it.each(Object.entries(CASES))(
  'computes what plain loops do, on one thread and on two: %s',
  async (_, it) => {
    const actual = await run(one, it);
    const expected = exact(it);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const name of Object.keys(expected)) expectClose(actual[name], expected[name], 2e-6, name);
    expect(await run(two, it)).toEqual(actual);
  },
);
