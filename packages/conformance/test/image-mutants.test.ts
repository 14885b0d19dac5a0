/* Layers of images and batch normalisations that are wrong in one thing fail the goldens or the laws, on a float32 backend too. */
import { reference } from '@recurra/backend-reference';
import type {
  BuiltLayer,
  Layer,
  LayerContext,
  LayerOutput,
  Signal,
  SignalShape,
  Tape,
  Tensor,
} from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { expect, test } from 'vitest';
import { goldenLayer } from '../src/cases/golden-layers.js';
import { lawsOfImages } from '../src/cases/image-laws.js';
import { goldenLayers } from '../src/golden-layer.js';
import { builtInGoldens } from '../src/goldens.js';
import { detached } from '../src/mutants/kernels.js';
import { singlePrecision } from '../src/mutants/single-precision.js';
import { type Case, type Result, Session } from '../src/suite.js';

type Layers = typeof goldenLayers;
type Kind = keyof Layers;
type Options = Readonly<Record<string, unknown>>;
type Apply = (tape: Tape, signal: Signal, context: LayerContext) => LayerOutput;

/** The right layers, of which those of one kind are built otherwise. */
function built(
  kind: Kind,
  change: (right: BuiltLayer, options: Options, shape: SignalShape) => Apply,
): Layers {
  const make = (options: never): Layer => {
    const layer: Layer = goldenLayers[kind](options);
    const build = (shape: SignalShape): BuiltLayer => {
      const right = layer.build(shape);
      return { ...right, apply: change(right, layer.options as Options, shape) };
    };
    return { ...layer, build };
  };
  return { ...goldenLayers, [kind]: make };
}

const changed = (kind: Kind, change: (...from: [BuiltLayer, ...Parameters<Apply>]) => LayerOutput): Layers =>
  built(kind, (right) => (tape, signal, context) => change(right, tape, signal, context));

const withKernel = (change: (tape: Tape, kernel: Tensor) => Tensor): Layers =>
  changed('conv2d', (right, tape, signal, context) => {
    const weights = { ...context.weights, kernel: change(tape, context.weights.kernel) };
    return right.apply(tape, signal, { ...context, weights });
  });

function flipped(tape: Tape, x: Tensor, axis: number): Tensor {
  const parts = tape.split(x, new Array(x.shape[axis]).fill(1), axis);
  return tape.concat(parts.reverse(), axis);
}

/** Padding 'same' by zeros put around the image. @param before how many of those that are missing come first */
const padded = (
  kind: 'conv2d' | 'maxPooling2d' | 'averagePooling2d',
  before: (missing: number) => number,
): Layers =>
  built(kind, (right, options, shape) => {
    if (options.padding !== 'same' || !('height' in shape)) return right.apply;
    const size = (options.kernelSize ?? options.poolSize) as number[];
    const strides = options.strides as number[];
    const sizes = [shape.height, shape.width];
    const missing = sizes.map((n, axis) =>
      Math.max(0, (Math.ceil(n / strides[axis]) - 1) * strides[axis] + size[axis] - n),
    );
    const [height, width] = sizes.map((n, axis) => n + missing[axis]);
    const layer: Layer = goldenLayers[kind]({ ...options, padding: 'valid' } as never);
    const valid = layer.build({ ...shape, height, width });
    return (tape, signal, context) => {
      const leading = signal.value.shape.slice(0, -1);
      let image = tape.reshape(signal.value, [sizeOf(leading), shape.height, shape.width, shape.channels]);
      missing.forEach((count, axis) => {
        const zeros = (n: number) =>
          n > 0
            ? [
                tape.fill(
                  image.shape.map((size, i) => (i === axis + 1 ? n : size)),
                  0,
                ),
              ]
            : [];
        image = tape.concat([...zeros(before(count)), image, ...zeros(count - before(count))], axis + 1);
      });
      const value = tape.reshape(image, [...leading, height * width * shape.channels]);
      return valid.apply(tape, { ...signal, value }, context);
    };
  });

/** New values of buffers, changed. */
const withBuffers = (
  change: (tape: Tape, moved: Tensor, old: Tensor, name: string, options: Options, count: number) => Tensor,
): Layers =>
  built('batchNorm', (right, options) => (tape, signal, context) => {
    const { output, buffers } = right.apply(tape, signal, context);
    const count =
      signal.lengths?.rows.reduce((sum, length) => sum + length, 0) ??
      sizeOf(signal.value.shape) / sizeOf(context.buffers.runningMean.shape);
    const entries = Object.entries(buffers ?? {}).map(([name, moved]) => [
      name,
      change(tape, moved, context.buffers[name], name, options, count),
    ]);
    return { output, ...(buffers && { buffers: Object.fromEntries(entries) }) };
  });

const wrong: Readonly<Record<string, Layers>> = {
  'conv2d: the padding is one off': padded('conv2d', (missing) => Math.ceil(missing / 2)),
  'conv2d: all of the padding is before': padded('conv2d', (missing) => missing),
  'conv2d: the kernel is flipped': withKernel((tape, kernel) => flipped(tape, flipped(tape, kernel, 0), 1)),
  'conv2d: the kernel is flipped from left to right': withKernel((tape, kernel) => flipped(tape, kernel, 1)),
  'conv2d: height and width of the kernel are exchanged': withKernel((tape, kernel) =>
    tape.reshape(tape.transpose(kernel, [1, 0, 2, 3]), kernel.shape),
  ),
  'conv2d: no gradient of the kernel': withKernel(detached),
  'conv2d: no gradient of the image': changed('conv2d', (right, tape, signal, context) =>
    right.apply(tape, { ...signal, value: detached(tape, signal.value) }, context),
  ),
  'maxPooling2d: zeros past the edge take part': padded('maxPooling2d', (missing) => Math.floor(missing / 2)),
  'averagePooling2d: zeros past the edge count': padded('averagePooling2d', (missing) =>
    Math.floor(missing / 2),
  ),
  'maxPooling1d: the lengths are ignored': changed('maxPooling1d', (right, tape, { value }, context) =>
    right.apply(tape, { value }, context),
  ),
  'batchNorm: padded and masked steps count': changed('batchNorm', (right, tape, { value }, context) =>
    right.apply(tape, { value }, context),
  ),
  'batchNorm: masked steps count': changed('batchNorm', (right, tape, { value, lengths }, context) =>
    right.apply(tape, { value, lengths }, context),
  ),
  'batchNorm: the running mean is not updated': withBuffers((_, moved, old, name) =>
    name === 'runningMean' ? old : moved,
  ),
  'batchNorm: the running variance is unbiased': withBuffers(
    (tape, moved, old, name, { momentum }, count) => {
      if (name === 'runningMean') return moved;
      const share = tape.sub(moved, tape.affine(old, momentum as number));
      return tape.add(moved, tape.affine(share, 1 / (count - 1)));
    },
  ),
  'batchNorm: momentum and its complement are exchanged': {
    ...goldenLayers,
    batchNorm: (options = {}) =>
      goldenLayers.batchNorm({ ...options, momentum: 1 - (options.momentum ?? 0.99) }),
  },
  'batchNorm: the running mean and variance are used in training': changed(
    'batchNorm',
    (right, tape, signal, context) => ({
      ...right.apply(tape, signal, context),
      output: right.apply(tape, signal, { ...context, training: false }).output,
    }),
  ),
  'batchNorm: mean and variance are taken for constants': built(
    'batchNorm',
    (right, options, shape) => (tape, signal, context) => {
      const result = right.apply(tape, signal, context);
      if (!context.training) return result;
      const batch = goldenLayers.batchNorm({ ...options, momentum: 0 }).build(shape);
      const { buffers = {} } = batch.apply(tape, signal, context);
      const constants = Object.fromEntries(
        Object.entries(buffers).map(([name, value]) => [name, detached(tape, value)]),
      );
      const { output } = right.apply(tape, signal, { ...context, training: false, buffers: constants });
      return { ...result, output };
    },
  ),
};

const casesOf = (layers: Layers): Case[] => [
  ...lawsOfImages(layers),
  ...builtInGoldens().flatMap((golden) =>
    // The large ones are for backends: what they find in a layer, the small ones find too.
    golden.type === 'layer' && !golden.name.includes('large') ? goldenLayer(golden, layers) : [],
  ),
];

async function failures(layers: Layers): Promise<Result[]> {
  const session = new Session(async () => singlePrecision(await reference()));
  try {
    const results: Result[] = [];
    for (const item of casesOf(layers)) results.push(await session.run(item));
    return results.filter(({ status }) => status === 'failed');
  } finally {
    session.close();
  }
}

test.each(Object.entries(wrong))('%s', async (_, layers) => {
  const found = await failures(layers);
  expect(found.length).toBeGreaterThan(0);
  // An error of the mutant itself proves nothing.
  for (const { reason } of found) expect(reason).not.toMatch(/^[A-Z]\w*Error/);
});

test('the right layers pass', async () => {
  expect(await failures(goldenLayers)).toEqual([]);
});
