/* Recurrent layers in both forms of their walk, whichever this adapter would take, and what a training step costs. */
import { reference } from '@recurra/backend-reference';
import { adam, dense, lstm, type Sample, type Shape, sequential, Tape, type Tensor } from '@recurra/core';
import {
  type RecurrentGradients,
  type RecurrentInputs,
  type RecurrentOutputs,
  type RecurrentSpec,
  recurrentSequence,
  sizeOf,
} from '@recurra/core/backend';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDevice } from '../src/device.js';
import { recurrent } from '../src/fused/recurrent.js';
import { memory } from '../src/memory.js';
import { missing, open, titled } from './support.js';

interface Case extends Pick<RecurrentSpec, 'cell' | 'activation' | 'resetAfter' | 'reverse'> {
  readonly time: number;
  readonly inputSize: number;
  readonly units: number;
  readonly batch: number;
  readonly lengths?: readonly number[];
  /** Whether there are biases, and an initial state. */
  readonly plain?: boolean;
}

const one = { activation: 'tanh', resetAfter: true, reverse: false } as const;

/** Around the edges of vectors and tiles. */
const CASES: readonly Case[] = [
  { ...one, cell: 'lstm', time: 3, batch: 9, inputSize: 5, units: 12, lengths: [3, 0, 1, 2, 3, 3, 1, 0, 2] },
  { ...one, cell: 'lstm', time: 2, batch: 2, inputSize: 63, units: 65, reverse: true },
  { ...one, cell: 'lstm', time: 1, batch: 1, inputSize: 1, units: 1, plain: true },
  { ...one, cell: 'gru', time: 3, batch: 3, inputSize: 4, units: 47, lengths: [1, 3, 2], reverse: true },
  { ...one, cell: 'gru', time: 4, batch: 5, inputSize: 3, units: 4, plain: true },
  { ...one, cell: 'gru', time: 3, batch: 9, inputSize: 4, units: 20, resetAfter: false, reverse: true },
  { ...one, cell: 'gru', time: 3, batch: 3, inputSize: 3, units: 7, resetAfter: false, lengths: [3, 1, 0] },
  { ...one, cell: 'rnn', time: 5, batch: 4, inputSize: 2, units: 33 },
  { ...one, cell: 'rnn', time: 3, batch: 2, inputSize: 3, units: 8, activation: 'relu', plain: true },
];
const GATES = { rnn: 1, lstm: 4, gru: 3 };

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

const numbers = (shape: Shape, seed: number) =>
  Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 0.7);
const named = (outputs: Pick<RecurrentOutputs, 'y' | 'state'>, found: RecurrentGradients) => ({
  y: outputs.y,
  ...Object.fromEntries(outputs.state.map((state, i) => [`state ${i}`, state])),
  'gradient of x': found.x,
  ...Object.fromEntries(Object.entries(found.weights).map(([name, x]) => [`gradient of ${name}`, x])),
  ...Object.fromEntries((found.initialState ?? []).map((x, i) => [`gradient of state ${i}`, x])),
});

/** Everything that the layer gives in float64, composed: outputs, and gradients of Σ y · dy + Σ state · dState. */
async function expected(it: Case): Promise<Record<string, ArrayLike<number>>> {
  const backend = await reference();
  const tape = new Tape(backend);
  const constant = (shape: Shape, seed: number, values?: readonly number[]) =>
    tape.constant(values ?? numbers(shape, seed), shape);
  const inputs = inputsOf(it, (...given) => tape.watch(constant(...given)));
  const options = { ...it, recurrentActivation: 'sigmoid', clip: 0, stepGradients: false } as const;
  const outputs = recurrentSequence(tape, options, inputs);
  const names = Object.keys(inputs.weights) as (keyof typeof inputs.weights)[];
  const of = [inputs.x, ...names.map((name) => inputs.weights[name]), ...(inputs.initialState ?? [])];
  const seeds = [outputs.y, ...outputs.state].map((x, i) => [x, constant(x.shape, 100 + i)] as const);
  const [x, ...rest] = tape.gradients(seeds, of as Tensor[]);
  const weights = Object.fromEntries(names.map((name, i) => [name, rest[i]]));
  const found = { x, weights, initialState: rest.slice(names.length) } as unknown as RecurrentGradients;
  return readAll(backend, named(outputs, found));
}

async function readAll(
  { read }: { read(x: Tensor): Promise<ArrayLike<number>> },
  tensors: Record<string, Tensor | undefined>,
): Promise<Record<string, ArrayLike<number>>> {
  const given = Object.entries(tensors).filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
  return Object.fromEntries(
    await Promise.all(given.map(async ([name, x]) => [name, await read(x)] as const)),
  );
}

describe.skipIf(missing)(titled('the fused recurrent layer'), () => {
  test.each(['one dispatch a sequence', 'one dispatch a step'])(
    'with %s is right at every edge',
    async (form) => {
      const arrays = memory(await openDevice({ allowSoftware: true, powerPreference: 'high-performance' }));
      onTestFinished(() => arrays.dispose());
      for (const [i, it] of CASES.entries()) {
        const { cell, time, batch, inputSize, units } = it;
        const kernel = recurrent(arrays, () => ({
          lanes: units % 4 === 0 ? 4 : 1,
          rows: [1, 2, 4][i % 3],
          lengths: it.lengths !== undefined,
          // Fewer invocations than units, so that each has several of them.
          whole: form === 'one dispatch a sequence' ? { room: units, invocations: 4 } : undefined,
        }));
        const upload = (shape: Shape, seed: number, values?: readonly number[]) =>
          arrays.upload(values ?? numbers(shape, seed), shape);
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
          ...{ training: true, inputGradient: true, stepGradients: false },
        };
        const outputs = kernel.forward(spec, inputs);
        const [y, ...state] = [outputs.y, ...outputs.state].map((x, k) => upload(x.shape, 100 + k));
        const found = kernel.backward(spec, inputs, outputs, { y, state });
        const actual = await readAll(arrays, named(outputs, found));
        const exact = await expected(it);
        expect(Object.keys(actual)).toEqual(Object.keys(exact));
        for (const [name, values] of Object.entries(exact)) {
          const largest = (of: (value: number, k: number) => number) => Math.max(...Array.from(values, of));
          const worst = largest((value, k) => Math.abs(value - actual[name][k]));
          const scale = Math.max(1, largest(Math.abs));
          expect(worst / scale, `${cell} ${units}, ${name}`).toBeLessThan(2e-6);
        }
      }
    },
  );

  test('is left to core with a reason where an option is not fused', async () => {
    const backend = await open();
    onTestFinished(() => backend.dispose());
    const options = [{}, { peepholes: true }, { projection: 2 }, { clip: 1 }, { layerNorm: true }];
    const reasons = options.map((option) => {
      const network = sequential([lstm({ units: 3, ...option })], { inputShape: [null, 2] }).on(backend);
      const [{ way, reason }] = network.explain();
      network.dispose();
      return way === 'fused' ? way : reason;
    });
    expect(reasons[0]).toBe('fused');
    for (const [i, word] of ['peepholes', 'projection', 'clip', 'normalisation'].entries()) {
      expect(reasons[i + 1]).toContain(word);
    }
  });
});

test.skipIf(missing)(titled('a training step is one submission, and one read'), async () => {
  const backend = await open();
  onTestFinished(() => backend.dispose());
  const submit = vi.spyOn(Object.getPrototypeOf(backend.gpu.queue), 'submit');
  const read = vi.spyOn(GPUBuffer.prototype, 'mapAsync');
  onTestFinished(() => void vi.restoreAllMocks());
  const samples: Sample[] = Array.from({ length: 8 }, (_, n) => ({
    x: Array.from({ length: 6 }, (_, t) => [Math.sin(t * n), 1]),
    y: n % 3,
  }));
  const model = sequential([lstm({ units: 8 }), dense({ units: 3, activation: 'softmax' })], {
    inputShape: [null, 2],
  });
  const run = model.on(backend, { seed: 1 }).fit(samples, {
    loss: 'crossEntropy',
    optimizer: adam(),
    batchSize: 2,
    epochs: 3,
  });
  let steps = 0;
  for await (const _ of run) {
    steps++;
    expect(submit).toHaveBeenCalledTimes(steps);
    expect(read).toHaveBeenCalledTimes(steps);
  }
  expect(steps).toBe(12);
});
