/*
 * Kernels with int8 weights, compared with the reference and the float weights that the int8 weights stand for: one step at a
 * time, each from the reference's state, because no useful bound holds for the rounding errors of many steps.
 */
import { type Backend, dense, embedding, gru, lstm, sequential, type Tape, type Tensor } from '@recurra/core';
import {
  type DenseInputs,
  type Int8Memory,
  type RecurrentCell,
  recurrentSequence,
} from '@recurra/core/backend';
import type { Check } from '../check.js';
import { int8StepErrors, productErrors } from '../int8-bounds.js';
import { form, random, read, uniform, type Values, whole } from '../numbers.js';
import type { Case } from '../suite.js';
import { ofDepth } from '../tolerance.js';

const group = 'int8';

/** [rows, inputs, units]: on both sides of the edges of tiles and of pairs of inputs. */
const SIZES = [form(1, 1, 1), form(1, 17, 16), form(2, 3, 17), form(3, 33, 31), form(5, 64, 65)];

const CELLS: Readonly<Record<string, RecurrentCell>> = {
  lstm: plain('lstm'),
  gru: plain('gru'),
  'gru, reset before': { ...plain('gru'), resetAfter: false },
  rnn: plain('rnn'),
  'rnn, relu': { ...plain('rnn'), activation: 'relu' },
};

function plain(cell: RecurrentCell['cell']): RecurrentCell {
  return { cell, activation: 'tanh', recurrentActivation: 'sigmoid', resetAfter: cell === 'gru', clip: 0 };
}

const GATES = { rnn: 1, lstm: 4, gru: 3 };

/** A matrix with int8 weights, and the floats that they stand for. */
interface Matrix extends Values {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Scales differ up to fivefold from column to column. */
function matrix(inputs: number, columns: number, seed: number): Matrix {
  const values = Int8Array.from(whole(inputs * columns, seed, 255), (value) => value - 127);
  const scales = Float32Array.from(uniform(columns, seed + 1, 0.2, 1), (s) => s / (73 * Math.sqrt(inputs)));
  const data = Array.from(values, (value, i) => value * scales[i % columns]);
  return { shape: [inputs, columns], data, values, scales };
}

/** Rows of different ranges, mostly positive, so that errors of one sign add up. */
function rowsOf(rows: number, inputs: number, seed: number): Values {
  const data = uniform(rows * inputs, seed, -0.5, 1).map((value, i) =>
    Math.fround(value * (Math.floor(i / inputs) % 2 === 0 ? 1 : 0.1)),
  );
  return { shape: [rows, inputs], data };
}

function upload(check: Check, { values, scales, shape }: Matrix): Tensor {
  return check.made((check.backend.int8 as Int8Memory).upload(values, scales, shape));
}

interface Problem {
  readonly cell: RecurrentCell;
  readonly kernel: Matrix;
  readonly recurrentKernel: Matrix;
  readonly bias: Values;
  readonly recurrentBias?: Values;
  readonly state: readonly Values[];
}

function problem(cell: RecurrentCell, [batch, inputs, units]: readonly number[], seed: number): Problem {
  const width = GATES[cell.cell] * units;
  const states = cell.cell === 'lstm' ? 2 : 1;
  return {
    cell,
    kernel: matrix(inputs, width, seed),
    recurrentKernel: matrix(units, width, seed + 10),
    bias: random([width], seed + 20, -0.5, 0.5),
    ...(cell.cell === 'gru' && cell.resetAfter && { recurrentBias: random([width], seed + 21, -0.5, 0.5) }),
    state: Array.from({ length: states }, (_, i) => rowsOf(batch, units, seed + 30 + i)),
  };
}

/** Runs a cell over x [T, B, I], with int8 weights on the backend under test, or with floats. */
async function run(
  tape: Tape,
  { cell, kernel, recurrentKernel, bias, recurrentBias, state }: Problem,
  x: Values,
  matrixOf: (matrix: Matrix) => Tensor,
  options: { readonly lengths?: readonly number[]; readonly reverse?: boolean } = {},
): Promise<{ y: Values; state: Values[] }> {
  const { lengths, reverse = false } = options;
  const constant = ({ data, shape }: Values) => tape.constant(data, shape);
  const inputs = {
    x: constant(x),
    weights: {
      kernel: matrixOf(kernel),
      recurrentKernel: matrixOf(recurrentKernel),
      bias: constant(bias),
      ...(recurrentBias && { recurrentBias: constant(recurrentBias) }),
    },
    initialState: state.map(constant),
    ...(lengths && { lengths: tape.constant(lengths, [lengths.length]) }),
  };
  const result = recurrentSequence(tape, cell, inputs, { reverse, sequence: true });
  const all = await Promise.all([result.y as Tensor, ...result.state].map((y) => read(tape.backend, y)));
  return { y: all[0], state: all.slice(1) };
}

/** Whether the backend's kernel takes int8 weights for this request. */
function takes(backend: Backend, name: 'recurrent' | 'dense', spec: object): boolean {
  const kernel = backend.fused[name] as { declines(spec: object): string | undefined } | undefined;
  return backend.int8 !== undefined && kernel !== undefined && kernel.declines(spec) === undefined;
}

function takesCell({ backend }: Check, cell: RecurrentCell): boolean {
  const sizes = { time: 1, batch: 1, inputSize: 3, units: 17, outputSize: 17 };
  return takes(backend, 'recurrent', { ...cell, ...sizes, bias: true, training: false, int8: true });
}

const steps: Case[] = Object.entries(CELLS).map(([name, cell], n) => ({
  group,
  name: `${name}: a step at a time`,
  async run(check) {
    if (!takesCell(check, cell)) return;
    const reference = await check.reference();
    for (const [i, size] of SIZES.entries()) {
      const [batch, inputs] = size;
      let now = problem(cell, size, 100 * n + 7 * i + 1);
      for (let t = 0; t < 3; t++) {
        const rows = rowsOf(batch, inputs, 50 + t);
        const x = { data: rows.data, shape: [1, batch, inputs] };
        const floats = check.tape(reference);
        const right = await run(floats, now, x, ({ data, shape }) => floats.constant(data, shape));
        const { state } = await run(check.tape(), now, x, (weights) => upload(check, weights));
        const { cell: kind, resetAfter } = cell;
        const errors = int8StepErrors({ ...now, cell: kind, resetAfter, x: rows });
        for (const [part, actual] of state.entries())
          check.near(
            `state ${part} after step ${t} of [${size}]`,
            actual,
            right.state[part],
            (at) => errors[part][at],
          );
        // The next step starts from the reference's state, in float32.
        now = {
          ...now,
          state: right.state.map(({ data, shape }) => ({ shape, data: Array.from(data, Math.fround) })),
        };
      }
    }
  },
}));

const scans: Case[] = Object.entries(CELLS).map(([name, cell], n) => ({
  group,
  name: `${name}: a scan equals its steps, with lengths and in both directions`,
  async run(check) {
    if (!takesCell(check, cell)) return;
    const [T, B, I, H] = [4, 3, 5, 17];
    const lengths = [4, 2, 3];
    const whole = { shape: [T, B, I], data: rowsOf(T * B, I, 3).data };
    const start = problem(cell, [B, I, H], 100 * n + 3);
    for (const reverse of [false, true]) {
      const all = await run(check.tape(), start, whole, (weights) => upload(check, weights), {
        lengths,
        reverse,
      });
      const y = new Array<number>(T * B * H).fill(0);
      let state = start.state;
      for (let step = 0; step < T; step++) {
        const t = reverse ? T - 1 - step : step;
        const x = { shape: [1, B, I], data: Array.from(whole.data).slice(t * B * I, (t + 1) * B * I) };
        const next = await run(check.tape(), { ...start, state }, x, (weights) => upload(check, weights));
        state = next.state.map(({ data, shape }, part) => ({
          shape,
          data: Array.from(data, (value, i) =>
            t < lengths[Math.floor(i / H)] ? value : state[part].data[i],
          ),
        }));
        for (let i = 0; i < B * H; i++)
          if (t < lengths[Math.floor(i / H)]) y[t * B * H + i] = state[0].data[i];
      }
      const bound = ofDepth(y, { steps: T, terms: H }, check.precision);
      check.near(`y, reverse ${reverse},`, all.y, { shape: [T, B, H], data: y }, bound);
      for (const [part, expected] of state.entries())
        check.near(`state ${part}, reverse ${reverse},`, all.state[part], expected, bound);
    }
  },
}));

const ACTIVATIONS = ['linear', 'tanh', 'sigmoid', 'relu'] as const;

const denseSizes = [...SIZES, form(70, 129, 33)];

async function provesDense(check: Check, i: number, weights: Matrix): Promise<void> {
  const [rows, inputSize, units] = denseSizes[i];
  const activation = ACTIVATIONS[i % 4];
  const bias = i % 2 === 0 ? random([units], i + 60) : undefined;
  const spec = {
    rows,
    inputSize,
    units,
    activation,
    bias: bias !== undefined,
    training: false,
    inputGradient: false,
    int8: true,
  };
  const { backend } = check;
  if (!takes(backend, 'dense', spec)) return;
  const x = rowsOf(rows, inputSize, i + 70);
  const kernel = upload(check, weights);
  const inputs: DenseInputs = { x: check.upload(x), kernel, ...(bias && { bias: check.upload(bias) }) };
  const outputs = backend.fused.dense?.forward(spec, inputs);
  for (const tensor of outputs?.saved ?? []) check.made(tensor);
  const reference = await check.reference();
  const tape = check.tape(reference);
  const floats = {
    kernel: tape.constant(weights.data, weights.shape),
    ...(bias && { bias: tape.constant(bias.data, bias.shape) }),
  };
  const built = dense({ units, activation, bias: bias !== undefined }).build({
    kind: 'vector',
    features: inputSize,
  });
  const context = { weights: floats, buffers: {}, training: false, random: () => ({}) as never };
  const right = built.apply(tape, { value: tape.constant(x.data, x.shape) }, context).output.value;
  const errors = Array.from({ length: rows }, (_, row) => productErrors(x, row, weights)).flat();
  const actual = await read(backend, check.made(outputs?.y as Tensor));
  check.near(
    `${activation} of [${rows}, ${inputSize}, ${units}]`,
    actual,
    await read(reference, right),
    (at) => errors[at] + 2e-5,
  );
}

const denseLayers: Case[] = [
  {
    group,
    name: 'dense: every size and activation',
    async run(check) {
      for (const [i, [, inputs, units]] of denseSizes.entries())
        await provesDense(check, i, matrix(inputs, units, 40 + i));
    },
  },
  {
    group,
    name: 'dense: other weights of the same shape, after the first are freed',
    async run(check) {
      for (const seed of [80, 90, 100])
        await check.leavesNothing('a call with int8 weights', (own) =>
          provesDense(own, 3, matrix(33, 31, seed)),
        );
    },
  },
];

const networks: Case[] = [
  {
    group,
    name: 'a quantised network predicts, streams and is loaded',
    async run(check) {
      const reads = [embedding({ inputDim: 9, outputDim: 4 }), lstm({ units: 8, returnSequences: true })];
      const model = sequential([...reads, gru({ units: 5, returnSequences: true }), dense({ units: 3 })], {
        inputShape: [null],
      });
      const reference = await check.reference();
      const floats = check.use(model.on(reference, { seed: 3 }));
      const exact = check.use(await floats.quantize());
      const weights = Object.fromEntries([
        ...Object.entries(await floats.getWeights()),
        ...(exact.int8?.matrices ?? []),
      ]);
      const network = check.use(model.on(check.backend, { weights }));
      const isInt8 = network
        .explain()
        .some(({ kernel, implementation }) => kernel === 'int8' && implementation === 'fused');
      // With int8 kernels, two steps and layers with weights below 1 add up a few hundredths of an 8-bit step.
      const bound = isInt8 ? () => 0.02 : ofDepth([1], { steps: 4, terms: 9 }, check.precision);
      const [x] = [[1, 8]];
      const values = ([rows]: readonly number[][][]) => ({ shape: [2, 3], data: rows.flat() });
      const y = values((await network.predict([x])) as number[][][]);
      check.near('the prediction', y, values((await exact.predict([x])) as number[][][]), bound);
      const stream = check.use(closing(network.stream()));
      const streamed = [await stream.push(x[0]), await stream.push(x[1])].flatMap((row) => Array.from(row));
      check.near(
        'the stream',
        { shape: [2, 3], data: streamed },
        y,
        ofDepth([1], { steps: 4, terms: 9 }, check.precision),
      );
      await check.refuses('training it', () => network.fit([], {} as never), 'UnsupportedError');
    },
  },
];

function closing<T extends { close(): void }>(stream: T): T & { dispose(): void } {
  return Object.assign(stream, { dispose: () => stream.close() });
}

export const int8Weights: Case[] = [...steps, ...scans, ...denseLayers, ...networks];
