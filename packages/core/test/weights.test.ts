/* Every function through which numbers enter a backend. */
import { reference } from '@recurra/backend-reference';
import {
  DataError,
  dense,
  FormatError,
  type Layer,
  loadNetwork,
  lstm,
  OptionError,
  RecurraError,
  ShapeError,
  sequential,
  Tape,
} from '@recurra/core';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

const backend = await reference();
/** The same backend, but declared as float32. */
const single = { ...backend, precision: 'float32' as const };
afterAll(() => backend.dispose());

const model = sequential([lstm({ units: 2 }), dense({ units: 1 })], { inputShape: [null, 3] });
const initial = await model.on(backend, { seed: 1 }).getWeights();
const bias = { data: Float64Array.of(0.5), shape: [1] };

describe('setWeights', () => {
  const cases: [string, unknown, typeof RecurraError, RegExp][] = [
    ['no object', null, OptionError, /the weights must be an object of .* not null/],
    ['a list', [], OptionError, /the weights must be an object/],
    ['nothing', {}, OptionError, /0\.kernel \[3,8\] is missing/],
    [
      'an unknown name',
      { ...initial, '2.bias': bias },
      OptionError,
      /no parameter "2\.bias"; known: 0\.kernel/,
    ],
    ['a number', { ...initial, '1.bias': 3 }, DataError, /1\.bias must be \{ data, shape \}, not 3/],
    [
      'an array without shape',
      { ...initial, '1.bias': { data: [1] } },
      ShapeError,
      /must be \[1\], not undefined/,
    ],
    [
      'an array without data',
      { ...initial, '1.bias': { shape: [1] } },
      DataError,
      /array of numbers, not undefined/,
    ],
    [
      'another shape',
      { ...initial, '1.bias': { data: [1, 2], shape: [2] } },
      ShapeError,
      /must be \[1\], not \[2\]/,
    ],
    [
      'a shape that is text',
      { ...initial, '1.bias': { data: [1], shape: '1' } },
      ShapeError,
      /must be \[1\], not "1"/,
    ],
    [
      'too many',
      { ...initial, '1.bias': { data: Array(100).fill(1), shape: [1] } },
      ShapeError,
      /100 numbers/,
    ],
    [
      'too few',
      { ...initial, '1.bias': { data: [], shape: [1] } },
      ShapeError,
      /0 numbers do not fill \[1\]/,
    ],
    ['text', { ...initial, '1.bias': { data: ['1'], shape: [1] } }, DataError, /\[0\] is "1", but must be/],
    [
      'BigInts',
      { ...initial, '1.bias': { data: BigInt64Array.of(1n), shape: [1] } },
      DataError,
      /BigInt64Array/,
    ],
    ['NaN', { ...initial, '1.bias': { data: [Number.NaN], shape: [1] } }, DataError, /1\.bias\[0\] is NaN/],
  ];

  it.each(cases)('rejects %s, and changes nothing', async (_, weights, kind, message) => {
    const network = model.on(backend, { seed: 1 });
    const held = backend.memory();
    for (const put of [
      () => network.setWeights(weights as never),
      () => model.on(backend, { weights: weights as never }),
    ]) {
      expect(put).toThrow(kind);
      if (weights !== null && !Array.isArray(weights)) expect(put).toThrow(message);
    }
    expect(() => network.setWeights(weights as never)).toThrow(message);
    expect(await network.getWeights()).toEqual(initial);
    expect(backend.memory()).toEqual(held);
    network.dispose();
  });

  it('names the number that is not finite, including numbers beyond the range of float32', () => {
    fc.assert(
      fc.property(
        fc.nat(23),
        fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e39, -3.5e38),
        fc.constantFrom(
          (x: number[]): ArrayLike<number> => Float32Array.from(x),
          (x: number[]) => Float64Array.from(x),
          (x: number[]) => x,
        ),
        (at, value, as) => {
          const data = as(Array.from({ length: 24 }, (_, i) => (i === at ? value : i)));
          const weights = { ...initial, '0.kernel': { data, shape: [3, 8] } };
          const where = `0.kernel[${Math.floor(at / 8)},${at % 8}]`;
          expect(() => model.on(single, { weights })).toThrow(where);
          if (Number.isFinite(data[at])) model.on(backend, { weights }).dispose();
          else expect(() => model.on(backend, { weights })).toThrow(where);
        },
      ),
    );
  });

  it('takes typed arrays of other kinds and plain arrays', async () => {
    const network = model.on(backend);
    for (const data of [[2], Int8Array.of(2), Uint8Array.of(2), Float32Array.of(2)]) {
      network.setWeights({ ...initial, '1.bias': { data, shape: [1] } } as never);
      expect((await network.getWeights())['1.bias'].data).toEqual(Float64Array.of(2));
    }
    network.dispose();
  });
});

describe('a tape', () => {
  it('creates constants only from numbers that match the shape', () => {
    const tape = new Tape(backend);
    const held = backend.memory();
    const wrong: [unknown, unknown][] = [
      [
        [1, 2, 3],
        [2, 2],
      ],
      [
        [1, 2, 3, 4],
        [-2, -2],
      ],
      [
        [1, 2],
        [0.5, 4],
      ],
      [[1], undefined],
      [undefined, [1]],
      [3, [1]],
      [BigInt64Array.of(1n), [1]],
    ];
    for (const [data, shape] of wrong) {
      expect(() => tape.constant(data as never, shape as never)).toThrow(RecurraError);
    }
    expect(backend.memory()).toEqual(held);
  });
});

describe('loadNetwork', () => {
  /** Like dense, but its weights cannot be initialised. */
  const strict = (): Layer => ({
    kind: 'strict',
    options: {},
    build: (input) => ({
      outputShape: input,
      parameters: {
        gain: {
          shape: [1],
          initial: () => {
            if (loading) throw new Error('a file has the weights: nothing is to be initialised');
            return Float32Array.of(1);
          },
        },
      },
      apply: (_tape, signal) => ({ output: signal }),
    }),
  });
  let loading = false;

  it('does not run initializers', async () => {
    const network = sequential([lstm({ units: 2 }), strict()], { inputShape: [null, 3] }).on(backend);
    const file = await network.save();
    loading = true;
    const again = await loadNetwork(file, backend, { layers: { strict } });
    expect(await again.getWeights()).toEqual(await network.getWeights());
  });

  it('takes an ArrayBuffer, shared or not', async () => {
    const file = await model.on(backend, { seed: 1 }).save();
    const shared = new SharedArrayBuffer(file.length);
    new Uint8Array(shared).set(file);
    for (const bytes of [file.buffer, shared, new Uint8Array(shared), Buffer.from(file)]) {
      expect(await (await loadNetwork(bytes, backend)).getWeights()).toEqual(initial);
    }
    for (const wrong of [undefined, null, 'model.safetensors', 3, {}, [1, 2], new Float32Array(9)]) {
      await expect(loadNetwork(wrong as never, backend)).rejects.toThrow(DataError);
    }
    await expect(loadNetwork(file, undefined as never)).rejects.toThrow(OptionError);
    await expect(loadNetwork(file, Promise.resolve(backend) as never)).rejects.toThrow(/a Promise: await it/);
    await expect(loadNetwork(file, backend, { weights: initial } as never)).rejects.toThrow(
      /unknown option "weights"/,
    );
  });

  it('names the weight of a file that is not finite', async () => {
    const network = model.on(backend);
    network.setWeights(
      { ...(await network.getWeights()), '1.bias': { data: [Infinity], shape: [1] } },
      { allowNonFinite: true },
    );
    const file = await network.save();
    const { tensors } = backend.memory();
    await expect(loadNetwork(file, backend)).rejects.toThrow(FormatError);
    await expect(loadNetwork(file, backend)).rejects.toThrow(/1\.bias\[0\] is Infinity/);
    network.setWeights(
      { ...(await network.getWeights()), '1.bias': { data: [1e39], shape: [1] } },
      { allowNonFinite: true },
    );
    const large = await network.save();
    await expect(loadNetwork(large, single)).rejects.toThrow(
      /1\.bias\[0\] is 1e\+39, which is infinite in float32/,
    );
    expect(backend.memory().tensors).toBe(tensors);
    await loadNetwork(large, backend);
    const again = await loadNetwork(large, single, { allowNonFinite: true });
    again.setWeights({ ...initial, '1.bias': { data: [Number.NaN], shape: [1] } }, { allowNonFinite: true });
    expect((await again.getWeights())['1.bias'].data).toEqual(Float64Array.of(Number.NaN));
    const text = { ...initial, '1.bias': { data: ['1'], shape: [1] } } as never;
    expect(() => again.setWeights(text, { allowNonFinite: true })).toThrow(/is "1", but must be a number/);
  });
});
