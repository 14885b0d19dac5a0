/* What must hold of layers of images and of batch normalisation: computed twice on the same backend, in two different ways. */
import { conv1d, type Layer, type SignalShape, seededRandom, type Tensor } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import type { Check } from '../check.js';
import { goldenLayers } from '../golden-layer.js';
import { rearranged } from '../laws.js';
import { same } from '../network-run.js';
import { at, build, random, read, type Values } from '../numbers.js';
import type { Case } from '../suite.js';
import type { Depth } from '../tolerance.js';

const group = 'laws/images';
const DEPTH: Depth = { steps: 2, terms: 64 };

interface Input {
  readonly shape: SignalShape;
  /** [T, B, size] or [B, size]. */
  readonly x: Values;
  readonly lengths?: readonly number[];
  readonly mask?: Values;
}

interface Result {
  readonly y: Values;
  readonly buffers: Readonly<Record<string, Values>>;
}

/** A layer in training, its parameters random, or as given. */
async function run(
  check: Check,
  layer: Layer,
  { shape, x, lengths, mask }: Input,
  given: Readonly<Record<string, Values>> = {},
): Promise<Result> {
  const tape = check.tape();
  const upload = ({ data, shape }: Values) => tape.constant(data, shape);
  const built = layer.build(shape);
  const tensors = (declared: typeof built.parameters, seed: number): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(declared).map(([name, { shape }], i) => [
        name,
        upload(given[name] ?? random(shape, seed + i, 0.1, 1)),
      ]),
    );
  const { output, buffers = {} } = built.apply(
    tape,
    {
      value: upload(x),
      ...(lengths && { lengths: { rows: lengths, tensor: tape.constant(lengths, [lengths.length]) } }),
      ...(mask && { mask: upload(mask) }),
    },
    {
      weights: tensors(built.parameters, 10),
      buffers: tensors(built.buffers ?? {}, 20),
      training: true,
      random: (name) => seededRandom(1, name),
    },
  );
  const host = (tensor: Tensor) => read(check.backend, tensor);
  const values: Record<string, Values> = {};
  for (const [name, tensor] of Object.entries(buffers)) values[name] = await host(tensor);
  return { y: await host(output.value), buffers: values };
}

const reshaped = (shape: readonly number[], { data }: Values): Values => ({ shape, data });

/** Frames are their images, one by one. */
async function framesAreImages(check: Check, layer: Layer): Promise<void> {
  const [T, B, size] = [3, 2, 60];
  const x = random([T, B, size], 1);
  const image = { kind: 'image', height: 5, width: 4, channels: 3 } as const;
  const frames = await run(check, layer, { shape: { ...image, kind: 'frames', time: T }, x });
  const images = await run(check, layer, { shape: image, x: reshaped([T * B, size], x) });
  same(check, 'frames', frames.y, reshaped(frames.y.shape, images.y), DEPTH);
  check.shape('the output', frames.y.shape, [T, B, sizeOf(images.y.shape) / (T * B)]);
}

/** 'same' is 'valid' over an image with zeros around it: the larger half below and to the right. */
async function sameIsPadded(check: Check, make: typeof goldenLayers.conv2d): Promise<void> {
  const channels = 2;
  for (const [height, width, kernel, strides] of [
    [5, 6, 2, 1],
    [5, 6, 3, 2],
    [7, 4, 4, 3],
    [1, 5, 4, 2],
    [4, 3, 1, 3],
  ]) {
    const before = (size: number) =>
      Math.floor(Math.max(0, (Math.ceil(size / strides) - 1) * strides + kernel - size) / 2);
    const after = (size: number) =>
      Math.ceil(Math.max(0, (Math.ceil(size / strides) - 1) * strides + kernel - size) / 2);
    const options = { filters: 3, kernelSize: kernel, strides };
    const image = random([2, height, width, channels], 2);
    const [top, left] = [before(height), before(width)];
    const around = [2, top + height + after(height), left + width + after(width), channels];
    const padded = build(around, ([n, i, j, c]) =>
      i < top || j < left || i >= top + height || j >= left + width
        ? 0
        : at(image, [n, i - top, j - left, c]),
    );
    const on = (values: Values): Input => ({
      shape: { kind: 'image', height: values.shape[1], width: values.shape[2], channels },
      x: reshaped([2, sizeOf(values.shape.slice(1))], values),
    });
    const { y } = await run(check, make({ ...options, padding: 'same' }), on(image));
    const valid = await run(check, make(options), on(padded));
    const what = `${height} × ${width}, a kernel of ${kernel}, strides of ${strides}:`;
    same(check, what, y, valid.y, DEPTH);
  }
}

/** Over images one pixel wide it is a convolution over time. */
async function oneColumn(check: Check, make: typeof goldenLayers.conv2d): Promise<void> {
  const [T, F, filters] = [7, 3, 4];
  const x = random([T, 1, F], 3);
  for (const padding of ['valid', 'same'] as const) {
    const along = { filters, strides: 2, padding };
    const { y } = await run(check, conv1d({ ...along, kernelSize: 3 }), {
      shape: { kind: 'sequence', time: T, features: F },
      x,
    });
    const column = await run(
      check,
      make({ ...along, kernelSize: [3, 1] }),
      { shape: { kind: 'image', height: T, width: 1, channels: F }, x: reshaped([1, T * F], x) },
      { kernel: random([3, 1, F, filters], 10, 0.1, 1) },
    );
    same(check, padding, reshaped(y.shape, column.y), y, DEPTH);
  }
}

/** Padded and masked steps change neither the outputs of the others nor the buffers. */
async function validStepsAlone(check: Check, layer: Layer): Promise<void> {
  const [T, B, F] = [4, 3, 2];
  const lengths = [4, 1, 2];
  const valid = lengths.flatMap((length, b) => Array.from({ length }, (_, t) => [t, b]));
  const x = random([T, B, F], 4);
  const junk = build(x.shape, ([t, b, f]) => (t < lengths[b] ? at(x, [t, b, f]) : 100 + 7 * t));
  const rows = rearranged(x, [valid.length, F], ([row, f]) => [...valid[row], f]);
  const alone = await run(check, layer, { shape: { kind: 'vector', features: F }, x: rows });
  const shape: SignalShape = { kind: 'sequence', time: null, features: F };
  const mask = build([T, B], ([t, b]) => (t < lengths[b] ? 1 : 0));
  for (const [name, input] of Object.entries({ lengths: { lengths }, mask: { mask } })) {
    const { y, buffers } = await run(check, layer, { shape, x: junk, ...input });
    const mine = rearranged(y, rows.shape, ([row, f]) => [...valid[row], f]);
    same(check, `${name}: valid steps`, mine, alone.y, DEPTH);
    check.same(`${name}: the buffers`, Object.keys(buffers).join(), 'runningMean,runningVariance');
    for (const [buffer, values] of Object.entries(alone.buffers))
      same(check, `${name}: ${buffer}`, buffers[buffer], values, DEPTH);
  }
}

/** @param layers the functions that make the layers that are proved */
export function lawsOfImages(layers: typeof goldenLayers = goldenLayers): Case[] {
  const { conv2d, maxPooling2d, averagePooling2d, batchNorm } = layers;
  const laws: Record<string, Case['run']> = {
    'frames are their images, step by step': async (check) => {
      await framesAreImages(check, conv2d({ filters: 2, kernelSize: [3, 2], strides: 2, padding: 'same' }));
      await framesAreImages(check, maxPooling2d({ padding: 'same' }));
      await framesAreImages(check, averagePooling2d({ poolSize: 3, strides: 1 }));
      await framesAreImages(check, batchNorm());
    },
    'conv2d: same is valid with zeros around': (check) => sameIsPadded(check, conv2d),
    'conv2d of one column is conv1d': (check) => oneColumn(check, conv2d),
    'batchNorm: padded and masked steps do not count': (check) => validStepsAlone(check, batchNorm()),
  };
  return Object.entries(laws).map(([name, run]) => ({ group, name, run }));
}
