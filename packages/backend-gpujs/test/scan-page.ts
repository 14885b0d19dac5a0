/* Compares the fused scan with core's composition on the reference backend, in a page of Chromium. */
import { gpujs } from '@recurra/backend-gpujs';
import { reference } from '@recurra/backend-reference';
import { type Backend, type Shape, Tape, type Tensor } from '@recurra/core';
import { scan } from '@recurra/core/backend';

interface Case {
  readonly time: number;
  readonly batch: number;
  readonly units: number;
  readonly reverse: boolean;
  readonly lengths?: readonly number[];
  readonly initialState: boolean;
  /** The outputs that have a gradient. Default: both. */
  readonly only?: 'y' | 'state';
}

/** Steps around powers of the four that one launch joins. */
const CASES: readonly Case[] = [
  { time: 1, batch: 2, units: 3, reverse: false, initialState: true },
  { time: 4, batch: 1, units: 1, reverse: true, initialState: false, only: 'y' },
  { time: 17, batch: 3, units: 5, reverse: false, initialState: true, lengths: [17, 0, 9] },
  { time: 65, batch: 2, units: 4, reverse: true, initialState: true, lengths: [64, 3] },
  { time: 16, batch: 2, units: 2, reverse: false, initialState: false, lengths: [1, 16], only: 'state' },
];

const numbers = (shape: Shape, seed: number) =>
  Array.from(
    { length: shape.reduce((a, b) => a * b) },
    (_, i) => Math.sin(12.9898 * (i + 1) + 78 * seed) * 0.9,
  );

/** The outputs and the gradients of Σ y · dy + Σ state · dState. */
async function run(backend: Backend, it: Case): Promise<readonly (readonly number[])[]> {
  const tape = new Tape(backend);
  const { time, batch, units, lengths, initialState, reverse, only } = it;
  const all: Shape = [time, batch, units];
  const input = (shape: Shape, seed: number) => tape.watch(tape.constant(numbers(shape, seed), shape));
  const of = [input(all, 1), input(all, 2), ...(initialState ? [input([batch, units], 3)] : [])];
  const inputs = {
    ...{ a: of[0], b: of[1], initialState: of[2] },
    ...(lengths && { lengths: tape.constant(lengths, [batch]) }),
  };
  const { y, state } = scan(tape, inputs, { reverse });
  const outputs = only ? [only === 'y' ? y : state] : [y, state];
  const seeds = outputs.map((x, i): [Tensor, Tensor] => [x, tape.constant(numbers(x.shape, 4 + i), x.shape)]);
  const gradients = tape.gradients(seeds, of);
  const results = [y, state, ...gradients];
  const values = await Promise.all(results.map(async (x) => Array.from(await backend.read(x))));
  tape.dispose();
  return values;
}

/** The largest difference over all cases, and what is left of the tensors. */
async function scans(mode: Mode) {
  const [backend, exact] = [await gpujs({ mode }), await reference()];
  let difference = 0;
  for (const it of CASES) {
    const [actual, expected] = [await run(backend, it), await run(exact, it)];
    for (const [k, values] of expected.entries()) {
      for (const [i, value] of values.entries()) {
        // NaN where a number is NaN or missing.
        difference = Math.max(difference, Math.abs(value - actual[k][i]));
      }
    }
  }
  const left = backend.memory();
  backend.dispose();
  return { difference, left };
}

type Mode = 'webgl2' | 'webgl1';

export const scanCalls = { scans };
