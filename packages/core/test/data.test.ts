import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, type BatchOptions, batches } from '../src/data/batches.js';
import { encodeInputs } from '../src/data/inputs.js';
import { type NestedArray, toNDArray, toNested } from '../src/data/ndarray.js';
import type { Sample, Samples } from '../src/data/samples.js';
import { Scaler } from '../src/data/scaler.js';
import { splitSamples } from '../src/data/split.js';
import { textWindows, vocabulary } from '../src/data/text.js';
import { windows } from '../src/data/windows.js';
import { DataError, OptionError, RecurraError } from '../src/errors.js';
import type { SignalShape } from '../src/layers/layer.js';

const sequence: SignalShape = { kind: 'sequence', time: null, features: 2 };

/** Samples of these lengths. The features and y encode the indices of the sample and the step. */
const samplesOf = (lengths: readonly number[]): Sample[] =>
  lengths.map((length, i) => ({ x: Array.from({ length }, (_, t) => [i + 1, t + 1]), y: i }));

async function collect(samples: Samples, options: BatchOptions, shape = sequence): Promise<Batch[]> {
  const model = { isChain: true, inputs: { input: { shape, vocabulary: 10 } } };
  const all: Batch[] = [];
  for await (const batch of batches(samples, model, options)) all.push(batch);
  return all;
}

async function* generate(samples: Sample[]) {
  yield* samples;
}

describe('nested arrays', () => {
  it('are unchanged after a round trip', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
    fc.assert(
      fc.property(shape, (shape) => {
        let next = 0;
        const build = (axis: number): NestedArray =>
          axis === shape.length ? next++ : Array.from({ length: shape[axis] }, () => build(axis + 1));
        const nested = build(0);
        const array = toNDArray(nested, 'x');
        expect(array.shape).toEqual(shape);
        expect([...array.data]).toEqual(Array.from({ length: next }, (_, i) => i));
        expect(toNested(array)).toEqual(nested);
      }),
    );
    expect(toNDArray([Float32Array.of(1, 2), [3, 4]], 'x').shape).toEqual([2, 2]);
  });

  it.each<[unknown, string]>([
    [[[1, 2], [3]], 'x[1] (step 1) is an array of 1, not an array of 2 like the first'],
    [[[1, 2], 3], 'x[1] (step 1) is 3, not an array of 2 like the first'],
    [[1, [2]], 'x[1] (step 1) is an array of 1, not a number'],
    [[[1], ['2']], 'x[1][0] (step 1, feature 0) is "2", not a number'],
    [[[1], [undefined]], 'x[1][0] (step 1, feature 0) is undefined, not a number'],
    [
      [
        [1, 2],
        [3, Number.NaN],
      ],
      'x[1][1] (step 1, feature 1) is NaN, not a finite number',
    ],
    [{ data: Float32Array.of(1, 2, Infinity), shape: [3, 1] }, 'x[2][0] (step 2, feature 0) is Infinity'],
    [{ data: Float32Array.of(1, 2, 3), shape: [2, 2] }, 'x: 3 numbers do not fill the shape [2,2]'],
    [null, 'x is null, not a number'],
  ])('are rejected: %j', (value, message) => {
    const read = () => toNDArray(value, 'x', ['step', 'feature']);
    expect(read).toThrow(DataError);
    expect(read).toThrow(message);
  });
});

describe('batches', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 40 });
  const options = fc.record({
    batchSize: fc.integer({ min: 1, max: 7 }),
    shuffle: fc.option(fc.record({ seed: fc.nat(9), epoch: fc.nat(9) }), { nil: undefined }),
    bucketByLength: fc.boolean(),
  });

  it('contain every sample once, padded with zeros to the longest, in a reproducible order', async () => {
    const source = fc.constantFrom<(all: Sample[]) => Samples>(
      (all) => all,
      (all) => () => generate(all),
      (all) => new Set(all),
    );
    await fc.assert(
      fc.asyncProperty(lengths, options, source, async (lengths, options, source) => {
        const all = samplesOf(lengths);
        const result = await collect(source(all), options);
        const order = result.flatMap(({ indices }) => indices);
        expect([...order].sort((a, b) => a - b)).toEqual([...lengths.keys()]);
        expect(result.length).toBe(Math.ceil(lengths.length / options.batchSize));
        if (!options.shuffle && !options.bucketByLength) expect(order).toEqual([...lengths.keys()]);

        for (const { inputs, ys, size, indices } of result) {
          const { x, shape, lengths: steps } = inputs.input;
          const expectedLengths = indices.map((index) => lengths[index]);
          const time = Math.max(...expectedLengths);
          expect(shape).toEqual([time, size, 2]);
          expect(steps ?? expectedLengths.map(() => time)).toEqual(expectedLengths);
          expect(steps === undefined).toBe(expectedLengths.every((length) => length === time));
          expect(ys).toEqual(indices);
          indices.forEach((index, row) => {
            for (let t = 0; t < time; t++) {
              const frame = [...x.subarray((t * size + row) * 2, (t * size + row) * 2 + 2)];
              expect(frame).toEqual(t < expectedLengths[row] ? [index + 1, t + 1] : [0, 0]);
            }
          });
        }
        const again = await collect(source(all), options);
        expect(again.map(({ indices }) => indices)).toEqual(result.map(({ indices }) => indices));
      }),
      { numRuns: 60 },
    );
  });

  it('have a different order in each epoch, even if the data is longer than the shuffle buffer', async () => {
    const all = samplesOf(Array.from({ length: 1500 }, () => 1));
    for (const source of [all, () => generate(all)]) {
      const order = async (epoch: number) =>
        (await collect(source, { batchSize: 64, shuffle: { seed: 1, epoch } })).flatMap(
          ({ indices }) => indices,
        );
      const [first, second] = [await order(1), await order(2)];
      expect(first).not.toEqual(second);
      expect(new Set(first).size).toBe(1500);
      expect(first.filter((index, at) => index === at).length).toBeLessThan(20);
    }
  });

  it('have almost no padding if they are bucketed by length', async () => {
    const all = samplesOf(Array.from({ length: 400 }, (_, i) => 1 + ((i * 7) % 20)));
    const found = await collect(all, { batchSize: 10, bucketByLength: true, shuffle: { seed: 1, epoch: 1 } });
    const padded = found.reduce((sum, { inputs, size }) => sum + inputs.input.shape[0] * size, 0);
    const steps = all.reduce((sum, { x }) => sum + (x as number[]).length, 0);
    expect(padded / steps).toBeLessThan(1.02);
    const longest = found.map(({ inputs }) => inputs.input.shape[0]);
    expect(longest).not.toEqual([...longest].sort((a, b) => a - b));
  });

  it('accept vectors, token ids, and a plain list for one feature', () => {
    expect(encodeInputs([[1, 2], Float32Array.of(3, 4)], { kind: 'vector', features: 2 })).toMatchObject({
      x: Float64Array.of(1, 2, 3, 4),
      shape: [2, 2],
    });
    expect(encodeInputs([[5, 6], [7]], { kind: 'tokens', time: null })).toMatchObject({
      x: Float64Array.of(5, 7, 6, 0),
      shape: [2, 2],
      lengths: [2, 1],
    });
    expect(encodeInputs([[5, 6]], { ...sequence, features: 1 })).toMatchObject({
      shape: [2, 1, 1],
      lengths: undefined,
    });
  });

  it.each<[string, unknown, SignalShape, string]>([
    [
      'NaN',
      [
        [1, 2],
        [3, Number.NaN],
      ],
      sequence,
      'sample 3: x[1][1] (step 1, feature 1) is NaN',
    ],
    [
      'a wrong number of features',
      [[1, 2, 3]],
      sequence,
      'sample 3: x must be 1 step or more of 2 features, but its shape is [1,3]',
    ],
    ['no steps', [], sequence, 'sample 3: x must be 1 step or more of 2 features, but its shape is [0]'],
    [
      'a wrong number of steps',
      [[1, 2]],
      { ...sequence, time: 4 },
      'must be 4 steps of 2 features, but its shape is [1,2]',
    ],
    [
      'a short vector',
      [1],
      { kind: 'vector', features: 2 },
      'must be a vector of 2 features, but its shape is [1]',
    ],
    [
      'half an id',
      [0.5],
      { kind: 'tokens', time: null },
      'the token id at step 0 must be a whole number from 0 to 9, not 0.5',
    ],
    [
      'an id too large',
      [1, 10],
      { kind: 'tokens', time: null },
      'the token id at step 1 must be a whole number from 0 to 9, not 10',
    ],
    ['an id below 0', [-1], { kind: 'tokens', time: null }, 'must be a whole number from 0 to 9, not -1'],
  ])('reject %s', async (_name, x, input, message) => {
    const good = input.kind === 'sequence' ? Array.from({ length: 4 }, () => [0, 0]) : [0, 0];
    const samples = [good, good, good, x].map((x) => ({ x, y: 0 }) as Sample);
    const run = () => collect(samples, { batchSize: 2, shuffle: { seed: 1, epoch: 1 } }, input);
    await expect(run()).rejects.toThrow(DataError);
    await expect(run()).rejects.toThrow(message);
  });

  it('reject a source that cannot be iterated', async () => {
    const read = (samples: unknown) => collect(samples as Samples, { batchSize: 2 });
    await expect(read([])).rejects.toThrow('there are no samples');
    await expect(read(3)).rejects.toThrow(
      'samples must be an array, an iterable, or a function that returns one, not 3',
    );
    await expect(read([{ x: [[1, 2]] }])).rejects.toThrow('sample 0 must be { x, y }, not { x }');
    const once = generate(samplesOf([1, 2]));
    await expect(read(once)).resolves.toHaveLength(1);
    await expect(read(once)).rejects.toThrow(
      'there are no samples; a generator runs only once: pass an array, or a function',
    );
  });

  it('split off the last samples for validation', () => {
    const all = samplesOf([1, 1, 1, 1, 1]);
    const last = { training: all.slice(0, 3), validation: all.slice(3) };
    expect(splitSamples(all, { validation: 0.4 })).toEqual(last);
    expect(() => splitSamples(all, { validation: 0.1 })).not.toThrow();
    expect(() => splitSamples(all.slice(0, 1), { validation: 0.5 })).toThrow(OptionError);
    for (const validation of [-1, 0, 1, 2])
      expect(() => splitSamples(all, { validation })).toThrow('leaves a part empty');
  });

  const items = Array.from({ length: 20 }, (_, n) => ({ n, label: n % 10 < 7 ? 'a' : 'b', of: n % 6 }));
  const numbers = (part: readonly { n: number }[]) => part.map(({ n }) => n);
  const labelOf = (item: { label: string }) => item.label;
  const groupOf = (item: { of: number }) => item.of;

  it('set drawn samples aside, the same for the same seed, in the order of the data', () => {
    const draw = (seed?: number) => splitSamples(items, { validation: 0.25, shuffle: true, seed });
    const { training, validation } = draw(1);
    expect([...numbers(training), ...numbers(validation)].sort((a, b) => a - b)).toEqual(numbers(items));
    expect(numbers(validation)).toEqual(numbers(validation).sort((a, b) => a - b));
    expect(validation).toHaveLength(5);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw()).toEqual(draw(0));
    expect(numbers(validation)).not.toEqual([15, 16, 17, 18, 19]);
  });

  it('give each label its share of both parts', () => {
    for (const shuffle of [false, true]) {
      // 14 of a and 6 of b: 4.2 and 1.8 of them.
      const { validation } = splitSamples(items, { validation: 0.3, shuffle, stratify: labelOf });
      expect(validation.map(labelOf).sort()).toEqual(['a', 'a', 'a', 'a', 'b', 'b']);
    }
    const { validation } = splitSamples(items, { validation: 0.3, stratify: labelOf });
    expect(numbers(validation)).toEqual([13, 14, 15, 16, 18, 19]);
  });

  it('keep groups together, also of one label each', () => {
    for (const seed of [1, 2, 3]) {
      const options = { validation: 0.3, shuffle: true, seed, group: groupOf };
      const { training, validation } = splitSamples(items, options);
      const inside = new Set(validation.map(groupOf));
      expect(training.some((item) => inside.has(item.of))).toBe(false);
      // Groups of 4, 4, 3, 3, 3 and 3: nearest to 6 are two of them.
      expect(inside.size).toBe(2);
    }
    const clinics = items.map((item) => ({ ...item, of: `${item.label}${item.n % 4}` }));
    const { validation } = splitSamples(clinics, {
      validation: 0.3,
      stratify: labelOf,
      group: ({ of }) => of,
    });
    expect(new Set(validation.map(labelOf))).toEqual(new Set(['a', 'b']));
    expect(() => splitSamples(items, { validation: 0.3, stratify: labelOf, group: groupOf })).toThrow(
      'the group 1 has samples of "a" and of "b", so it cannot be stratified',
    );
    expect(() => splitSamples(items, { validation: 0.3, group: () => 1 })).toThrow(
      'validation split 0.3 of 20 samples in 1 groups leaves a part empty',
    );
    expect(() => splitSamples(items, { validation: 0.3, group: () => null as never })).toThrow(
      'sample 0: group must return a string or a number, not null',
    );
  });
});

describe('windows', () => {
  it('have past steps in x and the following steps in y', () => {
    const series = Array.from({ length: 10 }, (_, t) => [t, 10 * t]);
    const result = windows(series, { length: 3, horizon: 2, stride: 2, targets: [1] });
    expect(result.map(({ x }) => toNested(x))).toEqual([0, 2, 4].map((t) => series.slice(t, t + 3)));
    expect(result.map(({ y }) => toNested(y))).toEqual([
      [30, 40],
      [50, 60],
      [70, 80],
    ]);
    expect(toNested(windows(series, { length: 9, inputs: [1] })[0].x)).toEqual(
      series.slice(0, 9).map(([, b]) => [b]),
    );
    expect(windows([1, 2, 3], { length: 2 }).map(({ y }) => toNested(y))).toEqual([[3]]);
    expect(windows(series, { length: 3, horizon: 2 })[0].y.shape).toEqual([2, 2]);
    const same = windows(series, { length: 3, stride: 3, reconstruct: true, targets: [1] });
    expect(same.map(({ y }) => y)).toEqual(
      windows(series, { length: 3, stride: 3, reconstruct: true, inputs: [1] }).map(({ x }) => x),
    );
    expect(same.at(-1)?.y.shape).toEqual([3, 1]);
    expect(windows([1, 2, 3], { length: 3, reconstruct: true })).toHaveLength(1);
    expect(() => windows(series, { length: 3, horizon: 1, reconstruct: true })).toThrow('has no horizon');
    expect(() => windows(series, { length: 10 })).toThrow(
      '10 steps are too few for a length of 10 and a horizon of 1',
    );
    expect(() => windows(series, { length: 1, inputs: [2] })).toThrow(
      'inputs must be a list of columns from 0 to 1',
    );
  });

  it('have the next character in y for a text', () => {
    const { encode, decode, size, characters } = vocabulary('hello 🙂');
    expect(size).toBe(6);
    expect(decode(encode('hole🙂'))).toBe('hole🙂');
    expect(vocabulary(characters.join('')).characters).toEqual(characters);
    expect(() => encode('hex')).toThrow('character 2, "x", is not in the vocabulary');
    expect(() => decode([6])).toThrow(DataError);
    const open = vocabulary('abc', { unknown: '�' });
    expect(open.decode(open.encode('abx'))).toBe('ab�');

    const text = (ids: unknown) => decode(ids as number[]);
    const ids = encode('hello ');
    expect(textWindows(ids, { length: 2 }).map(({ x, y }) => [text(x), text(y)])).toEqual([
      ['he', 'el'],
      ['ll', 'lo'],
    ]);
    expect(
      textWindows(ids, { length: 4, stride: 1, targets: 'last' }).map(({ x, y }) => [text(x), text([y])]),
    ).toEqual([
      ['hell', 'o'],
      ['ello', ' '],
    ]);
    expect(() => textWindows(ids, { length: 6 })).toThrow(DataError);
  });
});

it('accept typed arrays, and reject invalid input with a clear message', () => {
  const ids = BigInt64Array.of(0n, 1n, 2n, 3n);
  expect(textWindows(ids, { length: 2, targets: 'last' })).toEqual([{ x: [0, 1], y: 2 }]);
  expect(vocabulary('abcd').decode(ids)).toBe('abcd');
  expect(windows(Int32Array.of(1, 2, 3), { length: 2 })[0].y.data).toEqual(Float64Array.of(3));
  expect(Scaler.fit({ data: [1, 3], shape: [2, 1] }).mean).toEqual([2]);
  const none = null as never;
  const calls: [() => unknown, string][] = [
    [() => vocabulary(none), 'vocabulary: the text must be a string, not null'],
    [() => vocabulary('a', none), 'vocabulary: options must be an object, not null'],
    [() => vocabulary('a').encode(5 as never), 'encode: the text must be a string, not 5'],
    [() => vocabulary('a').decode(none), 'ids is null, not a number'],
    [() => textWindows(none, { length: 1 }), 'ids is null, not a number'],
    [() => textWindows([1, 2], undefined as never), 'textWindows: length is missing'],
    [() => windows({ data: [], shape: [2 ** 31, 0] }, { length: 1 }), 'its shape is [2147483648,0]'],
    [() => windows([1, 2], { length: 1, inputs: new Array(1) }), 'inputs must be a list of columns'],
    [() => new Scaler(none), 'Scaler: options must be an object, not null'],
    [
      () => new Scaler({ mean: [1], deviation: [0] }),
      'deviation must be a list of finite numbers that are not 0',
    ],
    [() => new Scaler({ mean: [1], deviation: [1, 2] }), '1 means do not match 2 deviations'],
    [() => splitSamples(none, { validation: 0.5 }), 'splitSamples takes an array, not null'],
    [() => splitSamples([], { validation: 1n as never }), 'validation must be a finite number, not 1n'],
    [() => splitSamples([], { validation: 0.5 }), 'validation split 0.5 of 0 samples'],
    [() => toNested(none), 'toNested takes { data, shape }, not null'],
    [() => toNested({ data: [1], shape: [2 ** 53] }), '1 numbers do not fill the shape [9007199254740992]'],
  ];
  for (const [call, message] of calls) {
    expect(call).toThrow(RecurraError);
    expect(call).toThrow(message);
  }
});

describe('Scaler', () => {
  it('scales columns to mean 0 and deviation 1, and inverts this, also after a round trip through JSON', () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 20 }), (rows) => {
        const series = rows.map(([a, b]) => [a, b, 7]);
        const scaler = new Scaler(JSON.parse(JSON.stringify(Scaler.fit(series))));
        const scaled = scaler.transform(series) as number[][];
        for (const column of [0, 1, 2]) {
          const mean = scaled.reduce((sum, row) => sum + row[column], 0) / scaled.length;
          expect(Math.abs(mean)).toBeLessThan(1e-6);
        }
        const back = scaler.inverse(scaled) as number[][];
        back.forEach((row, t) => {
          expect(row[0]).toBeCloseTo(series[t][0], 6);
          expect(row[2]).toBeCloseTo(7, 9);
        });
      }),
    );
  });

  it('scales single columns and typed arrays, and rejects other columns', () => {
    const scaler = Scaler.fit([
      [0, 10],
      [2, 30],
    ]);
    expect(scaler).toEqual({ mean: [1, 20], deviation: [1, 10] });
    expect(scaler.columns(1).inverse([0, 1, -1])).toEqual([20, 30, 10]);
    expect(scaler.transform({ data: Float32Array.of(1, 30), shape: [1, 2] })).toEqual({
      data: Float32Array.of(0, 1),
      shape: [1, 2],
    });
    expect(() => scaler.transform([[1]])).toThrow('expected 2 columns, not a series of shape [1,1]');
    expect(() => scaler.columns(2)).toThrow(DataError);
    expect(() => Scaler.fit([])).toThrow(DataError);
  });
});
