/* Layers of images and frames, and batch normalisation, on numbers that can be followed by hand. */
import { reference } from '@recurra/backend-reference';
import {
  apply,
  averagePooling2d,
  type BuiltLayer,
  batchNorm,
  conv2d,
  dense,
  flatten,
  frames,
  graph,
  image,
  type Layer,
  loadNetwork,
  lstm,
  maxPooling1d,
  maxPooling2d,
  OptionError,
  reshape,
  ShapeError,
  type SignalShape,
  seededRandom,
  sequence,
  sequential,
  spatialDropout,
  Tape,
  tokens,
  vector,
} from '@recurra/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

const backend = await reference();
const count = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

interface Given {
  readonly data: number[];
  /** [T, B, size], or [B, size]. */
  readonly shape: number[];
  readonly lengths?: number[];
  readonly mask?: number[];
}

/** What a layer makes of a signal; parameters and buffers are given by name, row-major. */
async function run(
  layer: Layer,
  input: SignalShape,
  { data, shape, lengths, mask }: Given,
  values: Record<string, number[]> = {},
  training = false,
) {
  const tape = new Tape(backend);
  const built = layer.build(input);
  const tensors = (declared: BuiltLayer['parameters'] = {}) =>
    Object.fromEntries(
      Object.entries(declared).map(([name, { shape }]) => [name, tape.constant(values[name], shape)]),
    );
  const result = built.apply(
    tape,
    {
      value: tape.constant(data, shape),
      ...(lengths && { lengths: { rows: lengths, tensor: tape.constant(lengths, [lengths.length]) } }),
      ...(mask && { mask: tape.constant(mask, shape.slice(0, 2)) }),
    },
    {
      weights: tensors(built.parameters),
      buffers: tensors(built.buffers),
      training,
      random: (name) => seededRandom(1, name),
    },
  );
  const { value } = result.output;
  const buffers: Record<string, number[]> = {};
  for (const [name, tensor] of Object.entries(result.buffers ?? {}))
    buffers[name] = [...(await backend.read(tensor))];
  const y = [...(await backend.read(value))];
  tape.dispose();
  return { y, shape: value.shape, buffers, lengths: result.output.lengths?.rows, kind: built.outputShape };
}

const close = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 6);
};

describe('conv2d', () => {
  const grid = { data: count(9), shape: [1, 9] };
  const corners = { kernel: [1, 0, 0, 10], bias: [0] };

  it('looks at the pixels that a kernel covers, unflipped', async () => {
    const layer = conv2d({ filters: 1, kernelSize: 2 });
    const { y, kind } = await run(layer, image(3, 3, 1), grid, corners);
    expect(y).toEqual([51, 62, 84, 95]);
    expect(kind).toEqual(image(2, 2, 1));
  });

  it('pads with zeros, the larger half after the last row and column, as Keras does', async () => {
    const same = conv2d({ filters: 1, kernelSize: 2, padding: 'same' });
    expect((await run(same, image(3, 3, 1), grid, corners)).y).toEqual([51, 62, 3, 84, 95, 6, 7, 8, 9]);
    const strided = conv2d({ filters: 1, kernelSize: [2, 1], strides: [1, 2], padding: 'same' });
    const { y, kind } = await run(strided, image(3, 3, 1), grid, { kernel: [1, 10], bias: [0.5] });
    expect(y).toEqual([41.5, 63.5, 74.5, 96.5, 7.5, 9.5]);
    expect(kind).toEqual(image(3, 2, 1));
  });

  it('has softmax over the channels of each pixel', async () => {
    const layer = conv2d({ filters: 2, kernelSize: 1, activation: 'softmax' });
    const given = { data: [0, Math.log(3)], shape: [1, 2] };
    const { y } = await run(layer, image(1, 2, 1), given, { kernel: [0, 1], bias: [0, 0] });
    close(y, [0.5, 0.5, 0.25, 0.75]);
  });
});

describe('pooling', () => {
  it('takes the largest, or the mean, of each channel in a window', async () => {
    const given = { data: [1, -8, 2, -7, 3, -6, 4, -5], shape: [1, 8] };
    expect((await run(maxPooling2d(), image(2, 2, 2), given)).y).toEqual([4, -5]);
    expect((await run(averagePooling2d(), image(2, 2, 2), given)).y).toEqual([2.5, -6.5]);
  });

  it('counts with same only the pixels of the image', async () => {
    const negative = { data: count(9).map((x) => -x), shape: [1, 9] };
    const same = { padding: 'same' } as const;
    expect((await run(maxPooling2d(same), image(3, 3, 1), negative)).y).toEqual([-1, -3, -7, -9]);
    expect((await run(averagePooling2d(same), image(3, 3, 1), negative)).y).toEqual([-3, -4.5, -7.5, -9]);
  });

  it('over time shortens the lengths', async () => {
    const given = { data: count(8).map((x) => -x), shape: [4, 2, 1], lengths: [4, 3] };
    const { y, lengths } = await run(maxPooling1d(), sequence(1), given);
    expect(y).toEqual([-1, -2, -5, 0]);
    expect(lengths).toEqual([2, 1]);
    const same = await run(maxPooling1d({ poolSize: 2, padding: 'same' }), sequence(1), given);
    expect(same.y).toEqual([-1, -2, -5, -6]);
    expect(same.lengths).toEqual([2, 2]);
  });
});

describe('reshape', () => {
  const two = { data: count(24), shape: [2, 12] };
  it('gives a row another shape', async () => {
    expect((await run(reshape({ target: [2, 3, -1] }), vector(12), two)).kind).toEqual(image(2, 3, 2));
    expect((await run(reshape({ target: [12] }), image(2, 3, 2), two)).kind).toEqual(vector(12));
    const steps = await run(reshape({ target: [3, -1] }), vector(12), two);
    expect(steps.kind).toEqual(sequence(4, { time: 3 }));
    expect(steps.y.slice(0, 8)).toEqual([1, 2, 3, 4, 13, 14, 15, 16]);
    expect((await run(reshape({ target: [3, 2, 2, 1] }), vector(12), two)).shape).toEqual([3, 2, 4]);
  });
  it('keeps the steps of a sequence and of frames', async () => {
    const given = { data: count(24), shape: [2, 1, 12] };
    expect((await run(reshape({ target: [2, 2, 3] }), sequence(12), given)).kind).toEqual({
      ...image(2, 2, 3),
      kind: 'frames',
      time: null,
    });
    expect((await run(reshape({ target: [-1] }), frames(2, 2, 3), given)).y).toEqual(count(24));
  });
});

describe('batchNorm', () => {
  const values = { gain: [2], bias: [1], runningMean: [10], runningVariance: [4] };
  const layer = batchNorm({ momentum: 0.5, epsilon: 1 });

  it('uses the batch in training, and moves the running mean and variance towards it', async () => {
    const { y, buffers } = await run(layer, vector(1), { data: [1, 5], shape: [2, 1] }, values, true);
    close(y, [1 - 4 / Math.sqrt(5), 1 + 4 / Math.sqrt(5)]);
    expect(buffers).toEqual({ runningMean: [6.5], runningVariance: [4] });
  });
  it('uses the running ones otherwise, and leaves them', async () => {
    const { y, buffers } = await run(layer, vector(1), { data: [10, 15], shape: [2, 1] }, values);
    close(y, [1, 1 + 10 / Math.sqrt(5)]);
    expect(buffers).toEqual({});
  });
  it('does not count padding and masked steps', async () => {
    const given = { data: [1, 5, 3, 99], shape: [2, 2, 1] };
    for (const more of [{ lengths: [2, 1] }, { mask: [1, 1, 1, 0] }]) {
      const { buffers } = await run(layer, sequence(1), { ...given, ...more }, values, true);
      close(buffers.runningMean, [6.5]);
      close(buffers.runningVariance, [(4 + 8 / 3) / 2]);
    }
  });
  it('has one mean for each channel of an image', async () => {
    const plain = batchNorm({ center: false, scale: false, momentum: 0 });
    const start = { runningMean: [0, 0], runningVariance: [1, 1] };
    const { buffers } = await run(plain, image(1, 2, 2), { data: count(8), shape: [2, 4] }, start, true);
    expect(buffers).toEqual({ runningMean: [4, 5], runningVariance: [5, 5] });
  });
});

it('spatialDropout drops whole channels, of frames at all steps', async () => {
  const ones = { data: new Array(3 * 2 * 4 * 8).fill(1), shape: [3, 2, 32] };
  const { y } = await run(spatialDropout({ rate: 0.5 }), frames(2, 2, 8), ones, {}, true);
  const perRow = [0, 1].map((row) => y.slice(row * 32, row * 32 + 8));
  expect(new Set(perRow.flat())).toEqual(new Set([0, 2]));
  expect(perRow[0]).not.toEqual(perRow[1]);
  y.forEach((value, i) => {
    expect(value).toBe(perRow[Math.floor(i / 32) % 2][i % 8]);
  });
});

describe('what cannot be is refused', () => {
  const options: [string, () => unknown, RegExp][] = [
    [
      'a kernel of three sizes',
      () => conv2d({ filters: 1, kernelSize: [1, 2, 3] as never }),
      /kernelSize must/,
    ],
    ['a target of two unknowns', () => reshape({ target: [-1, -1] }), /target must be/],
    ['a momentum of 1', () => batchNorm({ momentum: 1 }), /momentum must be/],
  ];
  it.each(options)('%s', (_, make, message) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
  const shapes: [string, Layer, SignalShape, RegExp][] = [
    ['a sequence for conv2d', conv2d({ filters: 1, kernelSize: 2 }), sequence(4), /conv2d takes an image or/],
    [
      'a kernel that is too large',
      conv2d({ filters: 1, kernelSize: 4 }),
      image(3, 9, 1),
      /4 × 4 does not fit/,
    ],
    [
      'a window that is too long',
      maxPooling1d({ poolSize: 5 }),
      sequence(1, { time: 4 }),
      /5 steps does not/,
    ],
    ['a target of another size', reshape({ target: [5, -1] }), vector(12), /12 numbers, which do not fit/],
    ['steps made into a vector', reshape({ target: [3, 4] }), sequence(12), /each step .* becomes/],
    ['spatialDropout of a vector', spatialDropout({ rate: 0.5 }), vector(3), /use dropout/],
    ['batchNorm of token ids', batchNorm(), tokens(), /put an embedding first/],
  ];
  it.each(shapes)('%s', (_, layer, shape, message) => {
    expect(() => layer.build(shape)).toThrow(ShapeError);
    expect(() => layer.build(shape)).toThrow(message);
  });
});

it('a network of frames trains, keeps its running means, and is loaded with them', async () => {
  const model = graph({ film: frames(6, 6, 1) }, ({ film }) => {
    const seen = apply(conv2d({ filters: 2, kernelSize: 3, padding: 'same', activation: 'relu' }), film);
    expectTypeOf(seen.shape.kind).toEqualTypeOf<'frames'>();
    const pooled = apply(maxPooling2d(), apply(batchNorm({ momentum: 0.5 }), seen));
    const flat = apply(flatten(), pooled);
    expectTypeOf(flat.shape.kind).toEqualTypeOf<'sequence'>();
    const square = apply(reshape({ target: [6, 3, 1] }), flat);
    expectTypeOf(square.shape.kind).toEqualTypeOf<'frames'>();
    return { side: apply(dense({ units: 1 }), apply(lstm({ units: 3 }), flat)) };
  });
  const network = model.on(backend, { seed: 1 });
  const films = [0, 1, 2].map((n) => ({
    x: {
      film: Array.from({ length: 2 + n }, (_, t) =>
        Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => [Math.sin(n + t + i * j)])),
      ),
    },
    y: { side: [n] },
  }));
  const before = await network.getWeights();
  expect([...before['batchNorm.runningMean'].data]).toEqual([0, 0]);
  const loss = { side: 'meanSquaredError' } as const;
  await network.fit(films, { loss, optimizer: 'adam', epochs: 3, batchSize: 3 }).done;
  const after = await network.getWeights();
  expect([...after['batchNorm.runningMean'].data]).not.toEqual([0, 0]);
  expect([...after['conv2d.kernel'].data]).not.toEqual([...before['conv2d.kernel'].data]);
  const loaded = await loadNetwork(await network.save(), backend);
  expect(await loaded.getWeights()).toEqual(after);
});

it('frames one at a time equal the whole', async () => {
  const model = graph({ film: frames(4, 4, 1) }, ({ film }) => {
    const seen = apply(conv2d({ filters: 2, kernelSize: 2 }), film);
    const normal = apply(batchNorm(), apply(averagePooling2d(), seen));
    return { side: apply(lstm({ units: 3, returnSequences: true }), apply(flatten(), normal)) };
  });
  const network = model.on(backend, { seed: 1 });
  const film = Array.from({ length: 3 }, (_, t) =>
    Array.from({ length: 4 }, (_, i) => Array.from({ length: 4 }, (_, j) => [Math.sin(t + i * j)])),
  );
  const { side } = await network.predict({ film: [film] });
  const stream = network.stream({});
  for (const [t, frame] of film.entries()) {
    const step = await stream.push({ film: [frame] });
    close(Array.from(step.side[0]), (side as number[][][])[0][t]);
  }
  stream.close();
});

it('a chain takes an image as a vector that is reshaped', async () => {
  const layers = [
    reshape({ target: [4, 4, 1] }),
    conv2d({ filters: 2, kernelSize: 3 }),
    averagePooling2d(),
    flatten(),
  ];
  const network = sequential(layers, { inputShape: [16] }).on(backend, { seed: 1 });
  const [row] = (await network.predict([count(16)])) as number[][];
  expect(row.length).toBe(2);
});
