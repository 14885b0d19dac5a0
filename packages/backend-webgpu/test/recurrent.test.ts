/* The fused recurrent layer, with every form of its scan, whichever form this adapter would use. */
import { reference } from '@recurra/backend-reference';
import { lstm, type Shape, sequential, Tape, type Tensor } from '@recurra/core';
import {
  type RecurrentGradients,
  type RecurrentInputs,
  type RecurrentOutputs,
  type RecurrentSpec,
  recurrentSequence,
} from '@recurra/core/backend';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openDevice } from '../src/device.js';
import { recurrent } from '../src/fused/recurrent.js';
import type { ScanForm } from '../src/fused/scan-division.js';
import { memory } from '../src/memory.js';
import { expectClose, missing, numbers, open, titled } from './support.js';

interface Case extends Pick<RecurrentSpec, 'cell' | 'activation' | 'resetAfter' | 'reverse' | 'sequence'> {
  readonly time: number;
  readonly inputSize: number;
  readonly units: number;
  readonly batch: number;
  readonly lengths?: readonly number[];
  /** Without biases and an initial state. */
  readonly plain?: boolean;
}

const base = { activation: 'tanh', resetAfter: true, reverse: false, sequence: true } as const;

/** Sizes around multiples of vectors and tiles. */
const CASES: readonly Case[] = [
  { ...base, cell: 'lstm', time: 3, batch: 9, inputSize: 5, units: 12, lengths: [3, 0, 1, 2, 3, 3, 1, 0, 2] },
  { ...base, cell: 'lstm', time: 2, batch: 2, inputSize: 63, units: 65, reverse: true, sequence: false },
  { ...base, cell: 'lstm', time: 1, batch: 1, inputSize: 1, units: 1, plain: true },
  { ...base, cell: 'gru', time: 3, batch: 3, inputSize: 4, units: 47, lengths: [1, 3, 2], reverse: true },
  { ...base, cell: 'gru', time: 4, batch: 5, inputSize: 3, units: 4, plain: true, sequence: false },
  { ...base, cell: 'gru', time: 3, batch: 9, inputSize: 4, units: 20, resetAfter: false, reverse: true },
  {
    ...base,
    cell: 'gru',
    time: 3,
    batch: 3,
    inputSize: 3,
    units: 7,
    resetAfter: false,
    lengths: [3, 1, 0],
    sequence: false,
  },
  { ...base, cell: 'rnn', time: 5, batch: 4, inputSize: 2, units: 33 },
  { ...base, cell: 'rnn', time: 3, batch: 2, inputSize: 3, units: 8, activation: 'relu', plain: true },
];
const GATES = { rnn: 1, lstm: 4, gru: 3 };

/** Small forms, so that small cases go past their edges: in rows, units, and k. */
const FORMS: Readonly<Record<string, (rows: number, units: number) => ScanForm>> = {
  'one dispatch for a sequence': (rows, capacity) => ({
    kind: 'sequence',
    rows,
    lanes: 4,
    parts: 1,
    capacity,
  }),
  'one dispatch for a sequence, k divided': (rows, capacity) => ({
    ...{ kind: 'sequence', rows, lanes: 4, parts: 4, capacity },
  }),
  'one dispatch for each step': (rows) => ({ kind: 'step', rows }),
  'one dispatch for each step, k divided': (rows) => ({ kind: 'shared', rows, lanes: 2, parts: 8 }),
  'one dispatch for each step, in tiles': () => ({
    ...{ kind: 'tiled', rows: 8, units: 8, registerRows: 4, parts: 2, block: 16 },
  }),
};

const shapesOf = ({ cell, resetAfter, time, batch, inputSize, units, plain }: Case) => {
  const width = GATES[cell] * units;
  const states = cell === 'lstm' ? 2 : 1;
  return {
    x: [time, batch, inputSize],
    kernel: [inputSize, width],
    recurrentKernel: [units, width],
    ...(!plain && { bias: [width] }),
    ...(!plain && cell === 'gru' && resetAfter && { recurrentBias: [width] }),
    ...(!plain && { h: [batch, units] }),
    ...(!plain && states === 2 && { c: [batch, units] }),
  } satisfies Record<string, Shape>;
};

const inputsOf = (it: Case, make: (shape: Shape, seed: number, values?: readonly number[]) => Tensor) => {
  const shapes: Record<string, Shape> = shapesOf(it);
  const made = Object.entries(shapes).map(([name, shape], seed) => [name, make(shape, seed)] as const);
  const { x, h, c, ...weights } = Object.fromEntries(made);
  const lengths = it.lengths && make([it.batch], 0, it.lengths);
  const initialState = h && (c ? [h, c] : [h]);
  return { x, weights, initialState, lengths } as unknown as RecurrentInputs;
};

const named = (outputs: Pick<RecurrentOutputs, 'y' | 'state'>, gradients: RecurrentGradients) => ({
  ...(outputs.y && { y: outputs.y }),
  ...Object.fromEntries(outputs.state.map((state, i) => [`state ${i}`, state])),
  'gradient of x': gradients.x,
  ...Object.fromEntries(Object.entries(gradients.weights).map(([name, x]) => [`gradient of ${name}`, x])),
  ...Object.fromEntries((gradients.initialState ?? []).map((x, i) => [`gradient of state ${i}`, x])),
});

/** The outputs of core's composition in float64, and the gradients of Σ y · dy + Σ state · dState. */
async function expected(it: Case): Promise<Record<string, ArrayLike<number>>> {
  const backend = await reference();
  const tape = new Tape(backend);
  const constant = (shape: Shape, seed: number, values?: readonly number[]) =>
    tape.constant(values ?? numbers(shape, seed), shape);
  const inputs = inputsOf(it, (...args) => tape.watch(constant(...args)));
  const cell = { ...it, recurrentActivation: 'sigmoid', clip: 0 } as const;
  const outputs = recurrentSequence(tape, cell, inputs, it);
  const names = Object.keys(inputs.weights) as (keyof typeof inputs.weights)[];
  const of = [inputs.x, ...names.map((name) => inputs.weights[name]), ...(inputs.initialState ?? [])];
  const seeds = differentiated(outputs).map((x, i) => [x, constant(x.shape, 100 + i)] as const);
  const [x, ...rest] = tape.gradients(seeds, of as Tensor[]);
  const weights = Object.fromEntries(names.map((name, i) => [name, rest[i]]));
  const gradients = { x, weights, initialState: rest.slice(names.length) } as unknown as RecurrentGradients;
  return readAll(backend, named(outputs, gradients));
}

/** {@link expected}, computed once for all forms. */
const known = new Map<Case, ReturnType<typeof expected>>();
const exactly = (it: Case) => {
  const values = known.get(it) ?? expected(it);
  known.set(it, values);
  return values;
};

/** The outputs that have a gradient. */
const differentiated = ({ y, state }: Pick<RecurrentOutputs, 'y' | 'state'>) => (y ? [y, ...state] : state);

async function readAll(
  { read }: { read(x: Tensor): Promise<ArrayLike<number>> },
  tensors: Record<string, Tensor | undefined>,
): Promise<Record<string, ArrayLike<number>>> {
  const present = Object.entries(tensors).filter(
    (entry): entry is [string, Tensor] => entry[1] !== undefined,
  );
  return Object.fromEntries(
    await Promise.all(present.map(async ([name, x]) => [name, await read(x)] as const)),
  );
}

describe.skipIf(missing)(titled('the fused recurrent layer'), () => {
  /** One for all forms, because they share the kernels of the products. */
  let backend: ReturnType<typeof memory>;
  beforeAll(async () => {
    backend = memory(await openDevice({ allowSoftware: true, powerPreference: 'high-performance' }));
  });
  afterAll(() => backend.dispose());

  test.each(Object.entries(FORMS))('equals core’s composition, with %s', async (name, formOf) => {
    // Compiling takes nearly all of the time, so the forms of GPUs have fewer cases: each cell, with and without vectors. They
    // run with the products and sums of a GPU.
    const ofGpus = name.includes(',');
    const cases = ofGpus ? CASES.filter((_, i) => i === 0 || i % 2 === 1) : CASES;
    for (const [i, it] of cases.entries()) {
      const { cell, time, batch, inputSize, units } = it;
      const form = formOf([1, 2, 2][i % 3], units);
      const kernel = recurrent({ ...backend, software: !ofGpus }, () => ({ name: form.kind, ...form }));
      const upload = (shape: Shape, seed: number, values?: readonly number[]) =>
        backend.upload(values ?? numbers(shape, seed), shape);
      const inputs = inputsOf(it, upload);
      const spec: RecurrentSpec = {
        ...{
          ...it,
          time,
          batch,
          inputSize,
          units,
          outputSize: units,
          clip: 0,
          recurrentActivation: 'sigmoid',
        },
        ...{ bias: !it.plain, initialState: !it.plain, lengths: it.lengths !== undefined },
        ...{ peepholes: false, projection: false, layerNorm: false, recurrentDropout: false },
        ...{ training: true, inputGradient: true },
      };
      await kernel.prepare?.(spec);
      const outputs = kernel.forward(spec, inputs);
      const seeds = differentiated(outputs).map((x, k) => upload(x.shape, 100 + k));
      const y = outputs.y && seeds[0];
      const state = y ? seeds.slice(1) : seeds;
      const gradients = kernel.backward(spec, inputs, outputs, { y, state });
      const actual = await readAll(backend, named(outputs, gradients));
      const exact = await exactly(it);
      expect(Object.keys(actual)).toEqual(Object.keys(exact));
      for (const [name, values] of Object.entries(exact)) {
        expectClose(actual[name], values, 2e-6, `${cell} ${units}, ${name}`);
      }
    }
  });

  test('declines unsupported options, with a reason', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const options = [{}, { peepholes: true }, { projection: 2 }, { clip: 1 }, { layerNorm: true }];
    const reasons = options.map((option) => {
      const network = sequential([lstm({ units: 3, ...option })], { inputShape: [null, 2] }).on(backend);
      const [{ implementation, reason }] = network.explain();
      network.dispose();
      return implementation === 'fused' ? implementation : reason;
    });
    expect(reasons[0]).toBe('fused');
    for (const [i, word] of ['peepholes', 'projection', 'clip', 'normalisation'].entries()) {
      expect(reasons[i + 1]).toContain(word);
    }
  });
});
