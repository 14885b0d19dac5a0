import { reference } from '@recurra/backend-reference';
import {
  bidirectional,
  conv1d,
  DataError,
  dense,
  embedding,
  flatten,
  gru,
  type Layer,
  lastStep,
  lstm,
  OptionError,
  RecurraError,
  repeatVector,
  rnn,
  ShapeError,
  sequential,
} from '@recurra/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const backend = await reference();

const wave = (time: number, features: number, phase = 0) =>
  Array.from({ length: time }, (_, t) =>
    Array.from({ length: features }, (_, f) => Math.sin(phase + t * 0.9 + f * 2)),
  );

function close(a: unknown, b: unknown): void {
  if (typeof b === 'number') return void expect(a).toBeCloseTo(b, 12);
  expect(a).toHaveLength((b as unknown[]).length);
  (b as unknown[]).forEach((value, i) => void close((a as unknown[])[i], value));
}

const networks: [string, Layer[]][] = [
  ['each step', [lstm({ units: 3, returnSequences: true }), dense({ units: 2 })]],
  ['last step', [gru({ units: 3 }), dense({ units: 2, activation: 'softmax' })]],
  ['backwards', [bidirectional(gru({ units: 2, returnSequences: true }))]],
  ['every other step', [conv1d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' })]],
  [
    'convolution',
    [rnn({ units: 2, returnSequences: true }), conv1d({ filters: 2, kernelSize: 2 }), lastStep()],
  ],
  ['repeated', [gru({ units: 2 }), repeatVector({ n: 3 }), rnn({ units: 2, returnSequences: true })]],
];

describe('rows of unequal length', () => {
  const lengths = fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 1, maxLength: 12 });

  it.each(networks)('give the same outputs as single rows, in their order: %s', async (_, layers) => {
    const network = sequential(layers, { inputShape: [null, 2] }).on(backend, { seed: 4 });
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({ min: 1, max: 13 }), async (lengths, batchSize) => {
        const rows = lengths.map((length, i) => wave(length, 2, i));
        const alone: unknown[] = [];
        for (const row of rows) alone.push((await network.predict([row]))[0]);
        close(await network.predict(rows, { batchSize }), alone);

        // The same rows in one padded array. Numbers past the lengths have no effect, and the output is zero there.
        const time = 10;
        const padded = rows.map((row) => [...row, ...wave(time - row.length, 2, 7)]);
        const x = { data: padded.flat(2), shape: [rows.length, time, 2] };
        const { outputs, lengths: valid } = await network.predictAll(x, { lengths, batchSize });
        const { data, shape } = outputs.output;
        expect(await network.predict(x, { lengths, batchSize })).toEqual(outputs.output);
        const whole = (await network.predictAll({ ...x, data: new Float32Array(x.data) })).outputs.output
          .shape;
        expect(shape).toEqual(whole);
        const size = data.length / rows.length;
        for (const [i, row] of alone.entries()) {
          const numbers = (row as number[][]).flat(2);
          close([...data.subarray(i * size, i * size + numbers.length)], numbers);
          expect(data.subarray(i * size + numbers.length, (i + 1) * size).every((y) => y === 0)).toBe(true);
        }
        const steps = alone.map((row) => (row as number[][]).length);
        const isPadded = shape.length === 3 && steps.some((count) => count < shape[1]);
        expect(valid.output).toEqual(isPadded ? steps : undefined);
      }),
      { numRuns: 15 },
    );
  });

  it('are padded to the longest by predictAll, with their lengths and states in the original order', async () => {
    const layers = [gru({ units: 2, returnSequences: true, returnState: true })];
    const network = sequential(layers, { inputShape: [null, 1] }).on(backend);
    const rows = [wave(2, 1), wave(5, 1, 1), wave(3, 1, 2)];
    const { outputs, lengths, states } = await network.predictAll(rows, { batchSize: 2 });
    expect(outputs.output.shape).toEqual([3, 5, 2]);
    expect(lengths.output).toEqual([2, 5, 3]);
    for (const [i, row] of rows.entries()) {
      const alone = await network.predictAll([row]);
      close([...states[0][0].data.subarray(2 * i, 2 * i + 2)], [...alone.states[0][0].data]);
    }
  });

  it('keep their order between calls if a layer is stateful', async () => {
    const network = sequential([rnn({ units: 2, stateful: true })], { inputShape: [null, 1] }).on(backend);
    const whole = sequential([rnn({ units: 2 })], { inputShape: [null, 1] }).on(backend);
    const rows = [wave(2, 1), wave(4, 1, 1), wave(3, 1, 2)];
    await network.predict(rows);
    close(await network.predict(rows), await whole.predict(rows.map((row) => [...row, ...row])));
  });

  it('keep all steps of a model with a fixed time, and start from the initial state', async () => {
    const flat = sequential([flatten()], { inputShape: [3, 1] }).on(backend);
    const x = { data: [1, 2, 3, 4, 5, 6], shape: [2, 3, 1] };
    const { data } = await flat.predict(x, { lengths: [1, 2], batchSize: 1 });
    expect([...data]).toEqual([1, 0, 0, 4, 5, 0]);

    const layer = rnn({ units: 1, returnSequences: true });
    const network = sequential([layer], { inputShape: [null, 1] }).on(backend);
    const initialState = { 0: [[[0.5], [-1]]] };
    const result = await network.predict(x, { lengths: [1, 3], initialState });
    const [[one]] = await network.predict([[[1]]], { initialState: { 0: [[[0.5]]] } });
    const [rest] = await network.predict([[[4], [5], [6]]], { initialState: { 0: [[[-1]]] } });
    close([...result.data], [...one, 0, 0, ...rest.flat()]);
  });

  it('are rejected together with the option lengths', async () => {
    const network = sequential([rnn({ units: 2 })], { inputShape: [null, 1] }).on(backend);
    const ragged = [wave(2, 1), wave(3, 1)];
    await expect(network.predict(ragged, { lengths: [1, 2] })).rejects.toThrow(OptionError);
    await expect(network.predict(ragged, { pad: true } as object)).rejects.toThrow(/unknown option "pad"/);
    const vectors = sequential([dense({ units: 2 })], { inputShape: [2] }).on(backend);
    await expect(vectors.predict([[1, 2]], { lengths: [1] })).rejects.toThrow(/takes vectors/);
    const fixed = sequential([rnn({ units: 2 })], { inputShape: [3, 1] }).on(backend);
    await expect(fixed.predict(ragged)).rejects.toThrow(/sample 0: x must be 3 steps of 1 feature/);
  });
});

it('200,000 rows in one batch are predicted, trained on and evaluated', async () => {
  const network = sequential([rnn({ units: 1 })], { inputShape: [null, 1] }).on(backend);
  const rows = Array.from({ length: 200_000 }, (_, n) => (n % 2 ? [1] : [1, 0.5]));
  const y = await network.predict(rows, { batchSize: rows.length });
  expect(y).toHaveLength(rows.length);
  expect(y[199_998]).toEqual(y[0]);
  expect(y[199_999]).toEqual(y[1]);
  const samples = rows.map((x) => ({ x, y: 0 }));
  const options = { loss: 'meanSquaredError', batchSize: rows.length } as const;
  const { loss } = await network.evaluate(samples, options);
  expect(loss).toBeCloseTo((y[0][0] ** 2 + y[1][0] ** 2) / 2, 12);
  const { epochs } = await network.fit(samples, { ...options, optimizer: 'sgd' }).done;
  expect(epochs[0].loss).toBeCloseTo(loss, 12);
}, 120_000);

describe('numbers', () => {
  const network = sequential([rnn({ units: 2 })], { inputShape: [null, 2] }).on(backend);
  const tokens = sequential([embedding({ inputDim: 9, outputDim: 2 }), rnn({ units: 2 })], {
    inputShape: [null],
  }).on(backend);

  it('are accepted in every kind of array', async () => {
    const expected = await network.predict([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    for (const of of [
      Uint8Array,
      Int8Array,
      Int16Array,
      Uint32Array,
      Int32Array,
      Float32Array,
      Float64Array,
    ]) {
      expect(await network.predict([[of.of(1, 2), of.of(3, 4)]])).toEqual(expected);
      const { data } = await network.predict({ data: of.of(1, 2, 3, 4), shape: [1, 2, 2] });
      expect([...data]).toEqual(expected[0]);
    }
    const { data } = await network.predict({ data: [1, 2, 3, 4], shape: [1, 2, 2] });
    expect([...data]).toEqual(expected[0]);

    const ids = await tokens.predict([[8, 0, 3]]);
    expect(await tokens.predict([BigInt64Array.of(8n, 0n, 3n)])).toEqual(ids);
    const flat = { data: BigUint64Array.of(8n, 0n, 3n), shape: [1, 3] };
    expect([...(await tokens.predict(flat)).data]).toEqual(ids[0]);
    const options = { lengths: BigInt64Array.of(2n) };
    expect(await tokens.predict([[8, 0, 3]], options)).toEqual(await tokens.predict([[8, 0]]));
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'not null'],
    ['undefined', undefined, 'not undefined'],
    ['a typed array', new Float32Array(2), 'not a Float32Array'],
    [
      '2^53 + 1',
      [[BigInt64Array.of(2n ** 53n + 1n, 0n)]],
      'x[0][0] (step 0, feature 0) is 9007199254740993n',
    ],
    [
      '2^53 + 1, flat',
      { data: BigInt64Array.of(0n, 2n ** 53n + 1n), shape: [1, 1, 2] },
      'x[0][0][1] is 9007',
    ],
    ['1e39', [[[1, 1e39]]], "x[0][1] (step 0, feature 1) is 1e+39, beyond float32's range"],
    ['a string in a plain array', { data: [1, '2'], shape: [1, 1, 2] }, 'x[0][0][1] is "2", not a number'],
    [
      'a shape of 2^53',
      { data: [1], shape: [2 ** 53] },
      '1 numbers do not fill the shape [9007199254740992]',
    ],
    ['a large shape without elements', { data: [], shape: [2 ** 30, 2 ** 30, 0] }, 'at least one row'],
    ['a deeply nested shape', { data: [1], shape: deep(1e5) }, 'do not fill the shape [[[['],
    ['deeply nested arrays', deep(1e6), 'nested more than 8 arrays deep'],
    ['a cyclic array', cyclic(), 'nested more than 8 arrays deep'],
    ['one array many times', [new Array(1e5).fill(new Array(1e5).fill([0, 0]))], 'does not fit into memory'],
    ['a long string', ['x'.repeat(1e6)], 'is "xxx'],
    ['a long shape', { data: [1], shape: new Array(1e6).fill(2) }, '1 numbers do not fill the shape [2,2'],
    ['a deep element', [[[1, [deep(1e5)]]]], 'is an array of 1, not a number'],
    ['many keys', [Object.fromEntries(new Array(1e5).entries())], 'is { 0, 1, 2'],
  ])('are rejected with a clear message: %s', async (_, x, message) => {
    const error = await network.predict(x as never).then(
      () => undefined,
      (error) => error as Error,
    );
    expect(error).toBeInstanceOf(RecurraError);
    expect(error?.message).toContain(message);
    expect(error?.message.length).toBeLessThan(1000);
  });

  it('are limited to the range of float32 in targets and states too', async () => {
    const options = { loss: 'meanSquaredError' } as const;
    await expect(network.evaluate([{ x: [[1, 2]], y: [0, 1e39] }], options)).rejects.toThrow(DataError);
    await expect(network.predict([[[1, 2]]], { initialState: { 0: [[[0, -1e39]]] } })).rejects.toThrow(
      /initialState\[0\]\[0\]\[0\]\[1\] is -1e\+39, beyond float32/,
    );
    // The largest float32 number, and a number that is rounded to it.
    await network.predict([[[3.4028234663852886e38, -3.4028235e38]]]);
  });
});

describe('a stateful layer', () => {
  const network = () =>
    sequential([dense({ units: 2 }), rnn({ units: 1, stateful: true })], { inputShape: [null, 1] }).on(
      backend,
    );
  const samples = (count: number) => Array.from({ length: count }, (_, n) => ({ x: wave(3, 1, n), y: 0 }));
  const options = { loss: 'meanSquaredError', batchSize: 4 } as const;
  const fit = { ...options, optimizer: 'adam', shuffle: false } as const;

  it('names the layer whose state does not fit a batch of another size', async () => {
    const stateful = network();
    await stateful.predict([wave(2, 1), wave(2, 1)]);
    const other = stateful.predict([wave(2, 1), wave(2, 1), wave(2, 1)]);
    await expect(other).rejects.toThrow(ShapeError);
    await expect(other).rejects.toThrow(
      /layer 1, rnn, is stateful .* 2 rows, but this batch has 3.*resetStates\(\)/,
    );
    stateful.resetStates();
    await stateful.predict([wave(2, 1), wave(2, 1), wave(2, 1)]);
  });

  it('makes fit and evaluate reject an array with a smaller last batch before any work', async () => {
    const stateful = network();
    const message = /layer 1, rnn, is stateful.*10 samples in batches of 4 has 2/;
    expect(() => stateful.fit(samples(10), fit)).toThrow(message);
    const validation = { samples: samples(10) };
    expect(() => stateful.fit(samples(8), { ...fit, validation })).toThrow(message);
    await expect(stateful.evaluate(samples(10), options)).rejects.toThrow(message);
    await stateful.fit(samples(3), fit).done;
    await stateful.fit(samples(8), fit).done;
  });

  it('makes fit reject a smaller last batch of other data before it changes the weights', async () => {
    const stateful = network();
    const run = stateful.fit(new Set(samples(6)), fit);
    let before: unknown;
    const rest = async () => {
      for await (const _ of run) before = await stateful.getWeights();
    };
    await expect(rest()).rejects.toThrow(/layer 1, rnn, is stateful .* 4 samples, but the next batch has 2/);
    expect(await stateful.getWeights()).toEqual(before);
  });
});

function deep(levels: number): unknown[] {
  let array: unknown[] = [1];
  for (let i = 0; i < levels; i++) array = [array];
  return array;
}

function cyclic(): unknown[] {
  const array: unknown[] = [];
  array.push(array);
  return array;
}
