import { cpu } from '@recurra/backend-cpu';
import { reference } from '@recurra/backend-reference';
import {
  bidirectional,
  type Cell,
  dense,
  gru,
  type Inspection,
  type Layer,
  lstm,
  masking,
  minGru,
  minLstm,
  type Network,
  OptionError,
  recurrent,
  rnn,
  ShapeError,
  sequential,
} from '@recurra/core';
import { afterAll, describe, expect, it } from 'vitest';
import { toNested } from '../src/data/ndarray.js';

const exact = await reference();
const fast = await cpu();
afterAll(() => fast.dispose());

const UNITS = 3;
const sequence = (length: number, phase: number) =>
  Array.from({ length }, (_, t) => [Math.sin(phase + t), Math.cos(2 * t - phase)]);
const networkOf = (layers: Layer[], backend = exact) =>
  sequential(layers, { inputShape: [null, 2] }).on(backend, { seed: 3 });
const nested = ({ steps }: Inspection, name: string) => toNested(steps[name]) as number[][][];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/** Computes v · M + b for gate `gate` of M [n, G · UNITS]. */
function product(v: number[], matrix: number[][], gate: number, bias?: number[]): number[] {
  return Array.from({ length: UNITS }, (_, j) => {
    const column = gate * UNITS + j;
    return v.reduce((sum, x, i) => sum + x * matrix[i][column], bias?.[column] ?? 0);
  });
}
const plus = (...vectors: number[][]) => vectors[0].map((_, i) => vectors.reduce((s, v) => s + v[i], 0));

/** The equations of docs/semantics.md, step by step, for one row. */
async function equations(network: Network, kind: string, x: number[][]) {
  const weights = Object.fromEntries(
    Object.entries(await network.getWeights()).map(([name, array]) => [name.slice(2), toNested(array)]),
  ) as unknown as {
    kernel: number[][];
    recurrentKernel: number[][];
    bias: number[];
    recurrentBias: number[];
  };
  const { kernel: W, recurrentKernel: U, bias: b, recurrentBias } = weights;
  let h = new Array(UNITS).fill(0);
  let c = new Array(UNITS).fill(0);
  return x.map((x): Record<string, number[]> => {
    const from = (gate: number) => product(x, W, gate, b);
    const gate = (k: number) => plus(from(k), product(h, U, k));
    if (kind === 'rnn') {
      h = gate(0).map(Math.tanh);
      return { output: h };
    }
    if (kind === 'lstm') {
      const [inputGate, forgetGate, outputGate] = [0, 1, 3].map((k) => gate(k).map(sigmoid));
      const candidate = gate(2).map(Math.tanh);
      c = c.map((c, i) => forgetGate[i] * c + inputGate[i] * candidate[i]);
      h = c.map((c, i) => outputGate[i] * Math.tanh(c));
      return { inputGate, forgetGate, candidate, outputGate, cell: c, output: h };
    }
    if (kind === 'minGru') {
      const updateGate = from(0).map(sigmoid);
      const candidate = from(1);
      h = h.map((h, i) => (1 - updateGate[i]) * h + updateGate[i] * candidate[i]);
      return { updateGate, candidate, output: h };
    }
    if (kind === 'minLstm') {
      const [forgetGate, inputGate] = [0, 1].map((k) => from(k).map(sigmoid));
      const candidate = from(2).map(Math.tanh);
      h = h.map((h, i) => {
        return (forgetGate[i] * h + inputGate[i] * candidate[i]) / (forgetGate[i] + inputGate[i]);
      });
      return { forgetGate, inputGate, candidate, output: h };
    }
    const after = kind === 'gru';
    const recurrent = (k: number) => product(h, U, k, after ? recurrentBias : undefined);
    const resetGate = plus(from(0), recurrent(0)).map(sigmoid);
    const updateGate = plus(from(1), recurrent(1)).map(sigmoid);
    const inner = after
      ? recurrent(2).map((v, i) => resetGate[i] * v)
      : product(
          h.map((v, i) => resetGate[i] * v),
          U,
          2,
        );
    const candidate = plus(from(2), inner).map(Math.tanh);
    h = h.map((h, i) => (1 - updateGate[i]) * candidate[i] + updateGate[i] * h);
    return { resetGate, updateGate, candidate, output: h };
  });
}

const random = { biasInitializer: { kind: 'uniform', min: -0.5, max: 0.5 } } as const;
const options = { units: UNITS, returnSequences: true, unitForgetBias: false, ...random };
const { unitForgetBias: _, ...shared } = options;
const cells: [string, Layer][] = [
  ['rnn', rnn(shared)],
  ['lstm', lstm(options)],
  ['gru', gru(shared)],
  ['gru, reset before', gru({ ...shared, resetAfter: false })],
  ['minGru', minGru(shared)],
  ['minLstm', minLstm({ ...shared, activation: 'tanh' })],
];

describe('inspect', () => {
  it.each(cells)(
    'returns the values of the equations for each row on every backend: %s',
    async (kind, layer) => {
      const rows = [sequence(2, 0.3), sequence(4, 1)];
      for (const [backend, digits] of [
        [exact, 12],
        [fast, 5],
      ] as const) {
        const network = networkOf([layer], backend);
        const before = backend.memory();
        const inspection = await network.inspect(rows);
        expect(backend.memory()).toEqual(before);
        expect(inspection).toMatchObject({ time: 4, batch: 2, lengths: [2, 4] });
        for (const [b, x] of rows.entries()) {
          const expected = await equations(network, kind, x);
          expect(Object.keys(inspection.steps).sort()).toEqual(Object.keys(expected[0]).sort());
          for (const name of Object.keys(inspection.steps)) {
            for (let t = 0; t < 4; t++) {
              const values = nested(inspection, name)[t][b];
              const expectedValues = expected[t]?.[name] ?? [0, 0, 0];
              for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expectedValues[i], digits);
            }
          }
        }
        const predicted = (await network.predict(rows)) as unknown as number[][][];
        for (const [t, output] of predicted[1].entries()) {
          const seen = nested(inspection, 'output')[t][1];
          for (const [i, value] of output.entries()) expect(seen[i]).toBeCloseTo(value, digits);
        }
        network.dispose();
      }
    },
  );

  it.each([
    ['rnn', rnn({ units: UNITS })],
    ['lstm', lstm({ units: UNITS })],
    ['gru', gru({ units: UNITS })],
    ['minGru', minGru({ units: UNITS })],
  ])('returns the gradient norms that finite differences give: %s', async (_, layer) => {
    const network = networkOf([layer, dense({ units: 1 })]);
    const x = sequence(4, 0.7);
    const y = 0.4;
    const before = exact.memory();
    const inspection = await network.inspect([x], { y: [y], loss: 'meanSquaredError' });
    expect(exact.memory()).toEqual(before);
    const lossFrom = async (t: number, state: number[][]) => {
      const rest = x.slice(t + 1);
      const initialState = { 0: state.map((part) => [part]) };
      const [[output]] = (await network.predict([rest], { initialState })) as unknown as number[][];
      return (output - y) ** 2;
    };
    const epsilon = 1e-5;
    for (let t = 0; t < x.length - 1; t++) {
      const state = ['output', ...('cell' in inspection.steps ? ['cell'] : [])].map(
        (name) => nested(inspection, name)[t][0],
      );
      expect(await lossFrom(t, state)).toBeCloseTo(inspection.loss as number, 10);
      const slopes = await Promise.all(
        state[0].map(async (_, i) => {
          const moved = (by: number) => [state[0].map((h, j) => (i === j ? h + by : h)), ...state.slice(1)];
          return ((await lossFrom(t, moved(epsilon))) - (await lossFrom(t, moved(-epsilon)))) / (2 * epsilon);
        }),
      );
      expect(inspection.gradientNorms?.data[t]).toBeCloseTo(Math.hypot(...slopes), 8);
    }
    const quick = networkOf([layer, dense({ units: 1 })], fast);
    const { gradientNorms } = await quick.inspect([x], { y: [y], loss: 'meanSquaredError' });
    const exactNorms = [...(inspection.gradientNorms?.data ?? [])];
    for (const [t, norm] of exactNorms.entries()) expect(gradientNorms?.data[t]).toBeCloseTo(norm, 5);
    quick.dispose();
  });

  it('keeps the order of the input in both directions, and finds a layer by index or name', async () => {
    const layers = [
      bidirectional(gru({ units: UNITS, returnSequences: true })),
      lstm({ units: 2, goBackwards: true, returnSequences: true }),
    ];
    const network = networkOf(layers);
    const rows = [sequence(3, 2), sequence(5, 1)];
    const output = (await network.predict(rows)) as unknown as number[][][];
    const back = await network.inspect(rows, { layer: '1.lstm' });
    for (const [b, x] of rows.entries()) {
      const read = nested(back, 'output').map((step) => step[b]);
      expect(read.slice(0, x.length).reverse()).toEqual(output[b]);
    }
    const y = rows.map((x) => x.map(() => [0.1, -0.2]));
    const options = { layer: 0, direction: 'backward', y, loss: 'meanSquaredError' } as const;
    const backward = await network.inspect(rows, options);
    // The backward direction starts at the last step, from a state of zeros.
    const [[z], [n], [h]] = ['updateGate', 'candidate', 'output'].map((name) => nested(backward, name)[4][1]);
    expect(h).toBeCloseTo((1 - z) * n, 12);
    expect(backward.gradientNorms?.shape).toEqual([5, 2]);
    expect(Array.from(backward.gradientNorms?.data ?? [], (norm) => norm > 0)).toEqual(
      Array.from({ length: 10 }, (_, n) => n % 2 === 1 || n < 6),
    );
  });

  it('puts the values of unmasked steps at their original positions', async () => {
    const network = networkOf([masking({ value: -0.1 }), lstm({ units: UNITS }), dense({ units: 1 })]);
    const x = sequence(3, 1);
    const gap = [-0.1, -0.1];
    const target = { y: [1], loss: 'meanSquaredError' } as const;
    const whole = await network.inspect([x], target);
    const masked = await network.inspect([[gap, x[0], gap, x[1], x[2]]], target);
    const [a, b, c] = nested(whole, 'forgetGate');
    const none = [[0, 0, 0]];
    expect(nested(masked, 'forgetGate')).toEqual([none, a, none, b, c]);
    const norms = [...(whole.gradientNorms?.data ?? [])];
    expect([...(masked.gradientNorms?.data ?? [])]).toEqual([0, norms[0], 0, norms[1], norms[2]]);
  });

  it('returns the values that a custom cell reports', async () => {
    const leaky: Cell = {
      kind: 'leaky',
      options: {},
      build: () => ({
        parameters: {},
        stateSizes: [2],
        run: (tape) => ({
          step(x, [h], watch) {
            const leak = tape.sigmoid(x);
            watch?.({ leak });
            return [tape.add(h, tape.mul(leak, tape.sub(x, h)))];
          },
        }),
      }),
    };
    const { steps } = await networkOf([recurrent(leaky)]).inspect([[[0, 2]]]);
    expect(toNested(steps.leak)).toEqual([[[0.5, sigmoid(2)]]]);
    expect(toNested(steps.output)).toEqual([[[0, 2 * sigmoid(2)]]]);
  });

  it('rejects invalid arguments with a clear message', async () => {
    const network = networkOf([lstm({ units: 2 }), dense({ units: 1 })]);
    const x = [sequence(2, 0)];
    const wrong: [object, new () => Error, RegExp][] = [
      [
        { layer: 1 },
        OptionError,
        /layer 1\.dense has neither a state nor attention\. Layers to inspect: 0\.lstm/,
      ],
      [{ layer: 2 }, OptionError, /there is no layer 2/],
      [{ layer: '0.gru' }, OptionError, /there is no layer "0\.gru"/],
      [{ direction: 'backward' }, OptionError, /has one direction/],
      [{ y: [1] }, OptionError, /y was given without loss/],
      [{ loss: 'huber' }, OptionError, /loss was given without y/],
      [{ y: [1, 2], loss: 'huber' }, ShapeError, /y has 2 rows, and the batch has 1/],
      [{ cell: 0 }, OptionError, /unknown option "cell"/],
    ];
    const before = exact.memory();
    for (const [options, type, words] of wrong) {
      const error = await network.inspect(x, options).catch((error) => error);
      expect(error).toBeInstanceOf(type);
      expect(error.message).toMatch(words);
    }
    expect(exact.memory()).toEqual(before);
    const plain = sequential([dense({ units: 1 })], { inputShape: [2] }).on(exact);
    await expect(plain.inspect([[1, 2]])).rejects.toThrow(/no recurrent layer/);
  });
});
