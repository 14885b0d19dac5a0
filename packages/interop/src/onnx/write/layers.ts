/* Writes every kind of layer as ONNX nodes. */
import { type AnyLayer, type BuiltInLayer, type NDArray, UnsupportedError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { stepSizes } from '../../ports.js';
import { writeActivation } from './activations.js';
import { writeAttention } from './attention.js';
import { writeBahdanauDecoder } from './bahdanau-decoder.js';
import type { GraphBuilder } from './graph-builder.js';
import { writeBatchNorm, writeConv2d, writeFeatureActivation, writePooling2d } from './images.js';
import { column, int64, selectSteps } from './lengths.js';
import { customCell, writeBidirectional, writeRecurrent } from './recurrent-layers.js';
import { type LayerInput, type LayerOutput, oneOutput } from './written-layer.js';

/**
 * Adds a layer's nodes and weights to the graph.
 * @throws UnsupportedError for a layer or option that cannot be expressed in ONNX
 */
export function writeLayer(graph: GraphBuilder, given: AnyLayer, input: LayerInput): LayerOutput {
  const { name, lengths, weights } = input;
  const layer = given as unknown as BuiltInLayer;
  switch (layer.kind) {
    case 'rnn':
    case 'lstm':
    case 'gru':
    case 'minGru':
    case 'minLstm':
    case 'slstm':
      return writeRecurrent(graph, layer, input);
    case 'bidirectional':
      return writeBidirectional(graph, layer, input);
    case 'bahdanauDecoder':
      return writeBahdanauDecoder(graph, layer.options, input);
    case 'attention':
      return writeAttention(graph, layer.options, input);
    case 'add':
    case 'concat':
    case 'multiply':
      return writeCombination(graph, layer.kind, input);
    case 'recurrent':
      throw new UnsupportedError(customCell);
    case 'masking':
      throw new UnsupportedError('ONNX has no masks of steps; use lengths');
    case 'embedding':
      if (layer.options.maskZero)
        throw new UnsupportedError('ONNX has no masks of steps (maskZero); use lengths');
      return oneOutput(graph.add('Gather', [graph.weight('embeddings', weights.embeddings), name]), lengths);
    case 'dense': {
      const product = graph.add('MatMul', [name, graph.weight('kernel', weights.kernel)]);
      const sum = weights.bias ? graph.add('Add', [product, graph.weight('bias', weights.bias)]) : product;
      return oneOutput(writeActivation(graph, sum, layer.options.activation), lengths);
    }
    case 'conv1d':
      return writeConvolution(graph, layer.options, input);
    case 'layerNorm': {
      const inputs = [name, graph.weight('gain', weights.gain), graph.weight('bias', weights.bias)];
      const epsilon = { float: layer.options.epsilon };
      return oneOutput(graph.add('LayerNormalization', inputs, { axis: -1, epsilon }), lengths);
    }
    case 'featureScale': {
      const scaled = graph.add('Mul', [name, graph.weight('gain', weights.gain)]);
      return oneOutput(graph.add('Add', [scaled, graph.weight('bias', weights.bias)]), lengths);
    }
    case 'conv2d':
      return writeConv2d(graph, layer.options, input);
    case 'maxPooling2d':
      return writePooling2d(graph, 'MaxPool', layer.options, input);
    case 'averagePooling2d':
      return writePooling2d(graph, 'AveragePool', layer.options, input);
    case 'maxPooling1d':
      return writeMaxPooling1d(graph, layer.options, input);
    case 'batchNorm':
      return writeBatchNorm(graph, layer.options, input);
    case 'reshape':
      return writeReshape(graph, input);
    case 'activation':
      return oneOutput(
        writeFeatureActivation(graph, name, layer.options.activation, input.outputShape),
        lengths,
      );
    case 'dropout':
    case 'spatialDropout':
      return oneOutput(name, lengths);
    case 'repeatVector': {
      const once = graph.add('Unsqueeze', [name, graph.ints(0)]);
      return oneOutput(graph.add('Expand', [once, graph.ints(layer.options.n, 1, 1)]));
    }
    case 'flatten': {
      // Images are vectors of their pixels already.
      if (stepSizes(input.shapes[0]).length === 3) return oneOutput(name, lengths);
      const valid = lengths ? selectSteps(graph, name, lengths, 0) : name;
      const batchMajor = graph.add('Transpose', [valid], { perm: [1, 0, 2] });
      return oneOutput(graph.add('Reshape', [batchMajor, graph.ints(0, -1)]));
    }
    case 'lastStep':
      return oneOutput(lastStep(graph, name, lengths));
    case 'meanOverTime':
      return oneOutput(meanOverTime(graph, name, lengths));
    case 'maxOverTime':
      return oneOutput(maxOverTime(graph, name, lengths));
    default:
      layer satisfies never;
      throw new UnsupportedError('custom layers cannot be exported to ONNX');
  }
}

/** Several signals as one, with the lengths of the first that has any. */
function writeCombination(
  graph: GraphBuilder,
  kind: 'add' | 'concat' | 'multiply',
  { inputs, shapes }: LayerInput,
): LayerOutput {
  const names = inputs.map(({ name }) => name);
  const lengths = inputs.find(({ lengths }) => lengths !== undefined)?.lengths;
  if (kind === 'concat') return oneOutput(concatenated(graph, names, shapes), lengths);
  const type = kind === 'add' ? 'Add' : 'Mul';
  return oneOutput(
    names.reduce((a, b) => graph.add(type, [a, b])),
    lengths,
  );
}

/** The features side by side; of images the channels of each pixel. */
function concatenated(graph: GraphBuilder, names: readonly string[], shapes: LayerInput['shapes']): string {
  const pixels = sizeOf(stepSizes(shapes[0]).slice(0, -1));
  if (pixels === 1) return graph.add('Concat', names, { axis: -1 });
  const batch = 'time' in shapes[0] ? [0, 0] : [0];
  const inputs = names.map((name, i) =>
    graph.add('Reshape', [name, graph.ints(...batch, pixels, stepSizes(shapes[i]).at(-1) as number)]),
  );
  return graph.add('Reshape', [graph.add('Concat', inputs, { axis: -1 }), graph.ints(...batch, -1)]);
}

function writeConvolution(
  graph: GraphBuilder,
  options: Extract<BuiltInLayer, { readonly kind: 'conv1d' }>['options'],
  { name, lengths, weights: { kernel, bias } }: LayerInput,
): LayerOutput {
  if (lengths)
    throw new UnsupportedError('a convolution changes the lengths of rows; export the model without lengths');
  const { kernelSize, strides, padding, activation } = options;
  const inputs = [
    graph.add('Transpose', [name], { perm: [1, 2, 0] }),
    graph.weight('kernel', filtersFirst(kernel)),
    ...(bias ? [graph.weight('bias', bias)] : []),
  ];
  const y = graph.add('Conv', inputs, {
    kernel_shape: [kernelSize],
    strides: [strides],
    ...(padding === 'same'
      ? { auto_pad: 'SAME_UPPER' }
      : { pads: [padding === 'causal' ? kernelSize - 1 : 0, 0] }),
  });
  return oneOutput(writeActivation(graph, graph.add('Transpose', [y], { perm: [2, 0, 1] }), activation));
}

function writeMaxPooling1d(
  graph: GraphBuilder,
  { poolSize, strides, padding }: Extract<BuiltInLayer, { readonly kind: 'maxPooling1d' }>['options'],
  { name, lengths }: LayerInput,
): LayerOutput {
  if (lengths)
    throw new UnsupportedError('pooling changes the lengths of rows; export the model without lengths');
  const y = graph.add('MaxPool', [graph.add('Transpose', [name], { perm: [1, 2, 0] })], {
    kernel_shape: [poolSize],
    strides: [strides],
    ...(padding === 'same' && { auto_pad: 'SAME_UPPER' }),
  });
  return oneOutput(graph.add('Transpose', [y], { perm: [2, 0, 1] }));
}

/** Each step keeps its numbers; a vector or an image may become a sequence. */
function writeReshape(graph: GraphBuilder, { name, lengths, shapes, outputShape }: LayerInput): LayerOutput {
  if ('time' in shapes[0] || !('time' in outputShape)) return oneOutput(name, lengths);
  const sizes = [outputShape.time as number, sizeOf(stepSizes(outputShape))];
  const steps = graph.add('Reshape', [name, graph.ints(-1, ...sizes)]);
  return oneOutput(graph.add('Transpose', [steps], { perm: [1, 0, 2] }));
}

function lastStep(graph: GraphBuilder, x: string, lengths: string | undefined): string {
  if (!lengths) return graph.add('Gather', [x, graph.constant('int64', [], [-1])], { axis: 0 });
  const last = graph.add('Sub', [int64(graph, lengths), graph.ints(1)]);
  return sumOverTime(graph, selectSteps(graph, x, last, 0, 'Equal'));
}

function meanOverTime(graph: GraphBuilder, x: string, lengths: string | undefined): string {
  if (!lengths) return graph.add('ReduceMean', [x], { axes: [0], keepdims: 0 });
  const counts = graph.add('Max', [graph.add('Cast', [column(graph, lengths)], { to: 1 }), graph.float(1)]);
  return graph.add('Div', [sumOverTime(graph, selectSteps(graph, x, lengths, 0)), counts]);
}

function maxOverTime(graph: GraphBuilder, x: string, lengths: string | undefined): string {
  if (!lengths) return graph.add('ReduceMax', [x], { axes: [0], keepdims: 0 });
  const valid = selectSteps(graph, x, lengths, Number.NEGATIVE_INFINITY);
  const largest = graph.add('ReduceMax', [valid], { axes: [0], keepdims: 0 });
  const isNotEmpty = graph.add('Cast', [column(graph, lengths)], { to: 9 });
  return graph.add('Where', [isNotEmpty, largest, graph.float(0)]);
}

function sumOverTime(graph: GraphBuilder, x: string): string {
  return graph.add('ReduceSum', [x, graph.ints(0)], { keepdims: 0 });
}

/** [K, I, F] to [F, I, K]. */
function filtersFirst({ data, shape: [K, I, F] }: NDArray): NDArray {
  const result = Float32Array.from(
    data,
    (_, i) => data[(i % K) * I * F + (Math.floor(i / K) % I) * F + Math.floor(i / (K * I))],
  );
  return { data: result, shape: [F, I, K] };
}
