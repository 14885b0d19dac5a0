/* Compares the fused scan and the fused CTC loss with core's composition on the reference backend, in a page of Chromium. */
import { gpujs } from '@recurra/backend-gpujs';
import { reference } from '@recurra/backend-reference';
import { type Backend, type Shape, Tape, type Tensor } from '@recurra/core';
import { ctcLosses, scan } from '@recurra/core/backend';

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

/** The first of four rows: with repeats, with a label in each frame, with no label, and with no frame. */
async function runCtc(
  backend: Backend,
  { time, blank, batch }: { readonly time: number; readonly blank: number; readonly batch: number },
): Promise<readonly (readonly number[])[]> {
  const tape = new Tape(backend);
  const [classes, labels] = [5, 3];
  const shape: Shape = [time, batch, classes];
  const logits = tape.watch(
    tape.constant(
      numbers(shape, 1).map((x) => 4 * x),
      shape,
    ),
  );
  const label = (i: number) => (blank + 1 + (i % 4)) % classes;
  const targets = [0, 0, 1, 2, 3, 1, 0, 0, 0, 0, 0, 0].map(label);
  const inputs = {
    logits,
    targets: tape.constant(targets.slice(0, batch * labels), [batch, labels]),
    lengths: tape.constant([time, 3, 2, 0].slice(0, batch), [batch]),
    targetLengths: tape.constant([3, 3, 0, 0].slice(0, batch), [batch]),
  };
  const losses = ctcLosses(tape, inputs, blank);
  const seed = tape.constant([1, -0.5, 2, 3].slice(0, batch), [batch]);
  const [gradient] = tape.gradients([[losses, seed]], [logits]);
  const values = [Array.from(await backend.read(losses)), Array.from(await backend.read(gradient))];
  tape.dispose();
  return values;
}

const CTC_CASES = [
  { time: 4, blank: 0, batch: 4 },
  { time: 40, blank: 2, batch: 4 },
  { time: 5, blank: 4, batch: 1 },
];

const CALLS = {
  scan: CASES.map((it) => (backend: Backend) => run(backend, it)),
  ctc: CTC_CASES.map((it) => (backend: Backend) => runCtc(backend, it)),
};

/** The largest difference over all cases of a kernel, and what is left of the tensors. */
async function fusedKernel(mode: Mode, name: keyof typeof CALLS) {
  const [backend, exact] = [await gpujs({ mode }), await reference()];
  let difference = 0;
  for (const call of CALLS[name]) {
    const [actual, expected] = [await call(backend), await call(exact)];
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

export const fusedCalls = { fusedKernel };
