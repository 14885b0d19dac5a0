/* The scan h_t = a_t ⊙ h_{t−1} + b_t as a {@link Differentiable}, and its definition, one number after the other. */
import type { Shape } from '@recurra/core';
import { scan } from '@recurra/core/backend';
import type { Defined, Differentiable } from './finite-differences.js';
import { random, type Values } from './numbers.js';

export interface ScanRun {
  /** [T, B, H] */
  readonly shape: readonly [time: number, batch: number, units: number];
  readonly lengths?: readonly number[];
  readonly reverse?: boolean;
  readonly initialState?: boolean;
  /** The range of a. Default: −1 to 1. */
  readonly range?: readonly [low: number, high: number];
  /** The outputs that have a gradient. Default: y and the final state. */
  readonly seeded?: readonly ('y' | 'state')[];
  /** The variables whose gradients are not requested. Default: none. */
  readonly fixed?: readonly string[];
  /** The seed of the numbers. Default 0. */
  readonly seed?: number;
}

export function scanProblem(run: ScanRun): Differentiable {
  const { shape, lengths, reverse = false, range = [-1, 1], seeded, fixed, seed = 0 } = run;
  const [time, batch, units] = shape;
  return {
    variables: {
      a: withZeros(random(shape, 64 * seed + 1, ...range)),
      b: random(shape, 64 * seed + 2),
      ...(run.initialState && { h0: random([batch, units], 64 * seed + 3) }),
    },
    depth: { steps: 2 * Math.max(1, time), terms: 2 },
    ...(seeded && { seeded }),
    ...(fixed && { fixed }),
    forward(tape, { a, b, h0 }) {
      const { y, state } = scan(
        tape,
        {
          a,
          b,
          ...(h0 && { initialState: h0 }),
          ...(lengths && { lengths: tape.constant(lengths, [batch]) }),
        },
        { reverse },
      );
      return { y, state };
    },
    define: (variables) => define(variables, run),
  };
}

/** Every 17th number is 0: a state that is forgotten. */
function withZeros({ shape, data }: { shape: Shape; data: number[] }): Values {
  return { shape, data: data.map((value, i) => (i % 17 === 8 ? 0 : value)) };
}

/** Each row and unit by itself, step by step. */
function define(
  { a, b, h0 }: Readonly<Record<string, Values>>,
  { lengths, reverse, shape }: ScanRun,
): Defined {
  const [time, batch, units] = shape;
  const width = batch * units;
  const y = new Float64Array(time * width);
  const before = new Float64Array(time * width);
  const state = new Float64Array(width);
  const steps = (row: number) => {
    const valid = Array.from({ length: lengths?.[row] ?? time }, (_, t) => t);
    return reverse ? valid.reverse() : valid;
  };
  for (let i = 0; i < width; i++) {
    let h = h0 ? h0.data[i] : 0;
    for (const t of steps(Math.floor(i / units))) {
      const at = t * width + i;
      before[at] = h;
      h = a.data[at] * h + b.data[at];
      y[at] = h;
    }
    state[i] = h;
  }
  return {
    outputs: { y: { shape, data: y }, state: { shape: [batch, units], data: state } },
    gradients({ y: dy, state: dState }) {
      const [da, db] = [new Float64Array(y.length), new Float64Array(y.length)];
      const dh0 = new Float64Array(width);
      for (let i = 0; i < width; i++) {
        let dh = dState ? dState.data[i] : 0;
        for (const t of steps(Math.floor(i / units)).reverse()) {
          const at = t * width + i;
          dh += dy ? dy.data[at] : 0;
          da[at] = dh * before[at];
          db[at] = dh;
          dh *= a.data[at];
        }
        dh0[i] = dh;
      }
      return {
        a: { shape, data: da },
        b: { shape, data: db },
        ...(h0 && { h0: { shape: h0.shape, data: dh0 } }),
      };
    },
  };
}
