/* Layers of images in ONNX. Between layers an image is a vector of its pixels, [.., height · width · channels]. */
import type { Activation, BuiltInLayer, NDArray, SignalShape } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { stepSizes } from '../../ports.js';
import { writeActivation } from './activations.js';
import type { GraphBuilder } from './graph-builder.js';
import type { AttributeValue } from './proto.js';
import { type LayerInput, type LayerOutput, oneOutput } from './written-layer.js';

type OptionsOf<Kind extends BuiltInLayer['kind']> = Extract<BuiltInLayer, { readonly kind: Kind }>['options'];
type Padding = 'valid' | 'same';

export function writeConv2d(
  graph: GraphBuilder,
  { kernelSize, strides, padding, activation }: OptionsOf<'conv2d'>,
  { name, lengths, weights: { kernel, bias }, shapes: [image], outputShape }: LayerInput,
): LayerOutput {
  const y = onImages(graph, name, image, outputShape, (x) =>
    graph.add(
      'Conv',
      [x, graph.weight('kernel', filtersFirst(kernel)), ...(bias ? [graph.weight('bias', bias)] : [])],
      windows(kernelSize, strides, padding),
    ),
  );
  return oneOutput(writeFeatureActivation(graph, y, activation, outputShape), lengths);
}

export function writePooling2d(
  graph: GraphBuilder,
  type: 'MaxPool' | 'AveragePool',
  { poolSize, strides, padding }: OptionsOf<'maxPooling2d'>,
  { name, lengths, shapes: [image], outputShape }: LayerInput,
): LayerOutput {
  const attributes = windows(poolSize, strides, padding);
  const y = onImages(graph, name, image, outputShape, (x) => graph.add(type, [x], attributes));
  return oneOutput(y, lengths);
}

/** Normalises the last axis, or the channels of images, by the running mean and variance. */
export function writeBatchNorm(
  graph: GraphBuilder,
  { epsilon }: OptionsOf<'batchNorm'>,
  { name, lengths, weights, shapes: [shape] }: LayerInput,
): LayerOutput {
  const { gain, bias, runningMean, runningVariance } = weights;
  const all = (value: number) => ({ ...runningMean, data: runningMean.data.slice().fill(value) });
  const y = onFeatures(graph, name, shape, (x) =>
    graph.add(
      'BatchNormalization',
      [
        x,
        graph.weight('gain', gain ?? all(1)),
        graph.weight('bias', bias ?? all(0)),
        graph.weight('runningMean', runningMean),
        graph.weight('runningVariance', runningVariance),
      ],
      { epsilon: { float: epsilon } },
    ),
  );
  return oneOutput(y, lengths);
}

/** An activation; of images softmax is over the channels of each pixel. */
export function writeFeatureActivation(
  graph: GraphBuilder,
  x: string,
  activation: Activation,
  shape: SignalShape,
): string {
  if (stepSizes(shape).length < 3) return writeActivation(graph, x, activation);
  return onFeatures(graph, x, shape, (rows) => writeActivation(graph, rows, activation));
}

/** Applies `make` to x as rows of its features or channels, [rows, channels]. */
function onFeatures(
  graph: GraphBuilder,
  x: string,
  shape: SignalShape,
  make: (rows: string) => string,
): string {
  const channels = stepSizes(shape).at(-1) as number;
  const rows = make(graph.add('Reshape', [x, graph.ints(-1, channels)]));
  return graph.add('Reshape', [rows, graph.add('Shape', [x])]);
}

/** Applies `make` to the images x as [N, channels, height, width]. */
function onImages(
  graph: GraphBuilder,
  x: string,
  shape: SignalShape,
  outputShape: SignalShape,
  make: (images: string) => string,
): string {
  const pixels = graph.add('Reshape', [x, graph.ints(-1, ...stepSizes(shape))]);
  const images = make(graph.add('Transpose', [pixels], { perm: [0, 3, 1, 2] }));
  const lastly = graph.add('Transpose', [images], { perm: [0, 2, 3, 1] });
  const rows = graph.add('Slice', [graph.add('Shape', [x]), graph.ints(0), graph.ints(-1)]);
  const size = graph.ints(sizeOf(stepSizes(outputShape)));
  return graph.add('Reshape', [lastly, graph.add('Concat', [rows, size], { axis: 0 })]);
}

function windows(
  size: number | readonly number[],
  strides: number | readonly number[],
  padding: Padding,
): Record<string, AttributeValue> {
  const pair = (given: number | readonly number[]) => (typeof given === 'number' ? [given, given] : given);
  return {
    kernel_shape: pair(size),
    strides: pair(strides),
    ...(padding === 'same' && { auto_pad: 'SAME_UPPER' }),
  };
}

/** [height, width, I, F] to [F, I, height, width]. */
function filtersFirst({ data, shape: [height, width, I, F] }: NDArray): NDArray {
  const pixels = height * width;
  const result = new Float32Array(data.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let i = 0; i < I; i++)
      for (let f = 0; f < F; f++) result[(f * I + i) * pixels + pixel] = data[(pixel * I + i) * F + f];
  }
  return { data: result, shape: [F, I, height, width] };
}
