/* Every kind of layer in ONNX. A sequence is time-major, [T, B, F], between layers. */
import { type Activation, type NDArray, UnsupportedError } from '@recurra/core';
import { cellOptions } from '../../cell-options.js';
import { writeActivation } from './activations.js';
import type { GraphBuilder } from './graph-builder.js';
import {
  type DirectionInputs,
  type DirectionOutputs,
  hasNode,
  writeRecurrentNode,
} from './recurrent-node.js';
import { writeRecurrentScan } from './recurrent-scan.js';

/** What goes from layer to layer. */
export interface WrittenSignal {
  readonly name: string;
  /** [B], int32; absent where every step is valid. */
  readonly lengths?: string;
}

/** What a layer is written from. */
export interface LayerInput extends WrittenSignal {
  readonly options: Readonly<Record<string, unknown>>;
  /** By their names in the layer. */
  readonly weights: Readonly<Record<string, NDArray>>;
  /** Where a stateful layer starts. */
  readonly initialState?: readonly string[];
}

export interface LayerOutput {
  readonly outputs: readonly WrittenSignal[];
  readonly state?: readonly string[];
}

/** The kinds that are written. @throws UnsupportedError for options that ONNX cannot express */
export const layers: Readonly<Record<string, (graph: GraphBuilder, input: LayerInput) => LayerOutput>> = {
  rnn: (graph, input) => recurrent(graph, 'rnn', input),
  lstm: (graph, input) => recurrent(graph, 'lstm', input),
  gru: (graph, input) => recurrent(graph, 'gru', input),
  bidirectional,

  embedding(graph, { name, lengths, options, weights }) {
    if (options.maskZero) throw new UnsupportedError('ONNX has no masks of steps: maskZero; give lengths');
    return one(graph.add('Gather', [graph.weight('embeddings', weights.embeddings), name]), lengths);
  },

  dense(graph, { name, lengths, options, weights }) {
    const product = graph.add('MatMul', [name, graph.weight('kernel', weights.kernel)]);
    const sum = weights.bias ? graph.add('Add', [product, graph.weight('bias', weights.bias)]) : product;
    return one(writeActivation(graph, sum, (options.activation ?? 'linear') as Activation), lengths);
  },

  activation: (graph, { name, lengths, options }) =>
    one(writeActivation(graph, name, options.activation as Activation), lengths),
  dropout: (_, { name, lengths }) => one(name, lengths),

  layerNorm(graph, { name, lengths, options, weights }) {
    const inputs = [name, graph.weight('gain', weights.gain), graph.weight('bias', weights.bias)];
    const epsilon = (options.epsilon ?? 1e-3) as number;
    return one(graph.add('LayerNormalization', inputs, { axis: -1, epsilon: { float: epsilon } }), lengths);
  },

  featureScale(graph, { name, lengths, weights }) {
    const scaled = graph.add('Mul', [name, graph.weight('gain', weights.gain)]);
    return one(graph.add('Add', [scaled, graph.weight('bias', weights.bias)]), lengths);
  },

  conv1d(graph, { name, lengths, options, weights: { kernel, bias } }) {
    if (lengths)
      throw new UnsupportedError('a convolution of rows of unequal length; write the model without lengths');
    const [K] = kernel.shape;
    const padding = (options.padding ?? 'valid') as 'valid' | 'same' | 'causal';
    const inputs = [
      graph.add('Transpose', [name], { perm: [1, 2, 0] }),
      graph.weight('kernel', turnedKernel(kernel)),
      ...(bias ? [graph.weight('bias', bias)] : []),
    ];
    const y = graph.add('Conv', inputs, {
      kernel_shape: [K],
      strides: [(options.strides ?? 1) as number],
      ...(padding === 'same' ? { auto_pad: 'SAME_UPPER' } : { pads: [padding === 'causal' ? K - 1 : 0, 0] }),
    });
    const sequence = graph.add('Transpose', [y], { perm: [2, 0, 1] });
    return one(writeActivation(graph, sequence, (options.activation ?? 'linear') as Activation));
  },

  repeat(graph, { name, options }) {
    const once = graph.add('Unsqueeze', [name, graph.ints(0)]);
    return one(graph.add('Expand', [once, graph.ints(options.times as number, 1, 1)]));
  },

  flatten(graph, { name, lengths }) {
    const batchMajor = graph.add('Transpose', [lengths ? cleared(graph, name, lengths, 0) : name], {
      perm: [1, 0, 2],
    });
    return one(graph.add('Reshape', [batchMajor, graph.ints(0, -1)]));
  },

  lastStep(graph, { name, lengths }) {
    if (!lengths) return one(graph.add('Gather', [name, graph.constant('int64', [], [-1])], { axis: 0 }));
    const last = graph.add('Sub', [int64(graph, lengths), graph.ints(1)]);
    return one(sumOverTime(graph, cleared(graph, name, last, 0, 'Equal')));
  },

  meanOverTime(graph, { name, lengths }) {
    if (!lengths) return one(graph.add('ReduceMean', [name], { axes: [0], keepdims: 0 }));
    const counts = graph.add('Max', [graph.add('Cast', [column(graph, lengths)], { to: 1 }), graph.float(1)]);
    return one(graph.add('Div', [sumOverTime(graph, cleared(graph, name, lengths, 0)), counts]));
  },

  maxOverTime(graph, { name, lengths }) {
    if (!lengths) return one(graph.add('ReduceMax', [name], { axes: [0], keepdims: 0 }));
    const valid = cleared(graph, name, lengths, Number.NEGATIVE_INFINITY);
    const largest = graph.add('ReduceMax', [valid], { axes: [0], keepdims: 0 });
    const some = graph.add('Cast', [column(graph, lengths)], { to: 9 });
    return one(graph.add('Where', [some, largest, graph.float(0)]));
  },
};

function one(name: string, lengths?: string): LayerOutput {
  return { outputs: [{ name, ...(lengths !== undefined && { lengths }) }] };
}

function recurrent(graph: GraphBuilder, kind: 'rnn' | 'lstm' | 'gru', input: LayerInput): LayerOutput {
  const { name, lengths, weights, initialState } = input;
  const { returnSequences, goBackwards } = cellOptions(kind, input.options);
  const { y, state } = direction(graph, kind, input.options, {
    x: name,
    weights,
    reverse: goBackwards,
    lengths,
    initialState,
  });
  if (!returnSequences) return { ...one(state[0]), state };
  return { ...one(goBackwards ? reversed(graph, y, lengths) : y, lengths), state };
}

function bidirectional(
  graph: GraphBuilder,
  { name, lengths, options, weights, initialState }: LayerInput,
): LayerOutput {
  const run = (side: 'forward' | 'backward') => {
    const { kind, options: own } = options[side] as {
      kind: string;
      options: Readonly<Record<string, unknown>>;
    };
    const isLstm = kind === 'lstm' ? 2 : 1;
    const states = side === 'forward' ? initialState?.slice(0, isLstm) : initialState?.slice(-isLstm);
    const mine = Object.entries(weights)
      .filter(([key]) => key.startsWith(`${side}.`))
      .map(([key, value]) => [key.slice(side.length + 1), value] as const);
    const inputs = {
      x: name,
      weights: Object.fromEntries(mine),
      reverse: side === 'backward',
      lengths,
      initialState: states,
    };
    const { y, state } = direction(graph, kind, own, inputs);
    return { output: own.returnSequences ? y : state[0], state, sequences: own.returnSequences === true };
  };
  const [ahead, back] = [run('forward'), run('backward')];
  const left = ahead.sequences ? lengths : undefined;
  const pair = [ahead.output, back.output];
  const state = [...ahead.state, ...back.state];
  switch (options.merge) {
    case 'none':
      return { outputs: pair.flatMap((name) => one(name, left).outputs), state };
    case 'sum':
      return { ...one(graph.add('Add', pair), left), state };
    case 'average':
      return { ...one(graph.add('Mul', [graph.add('Add', pair), graph.float(0.5)]), left), state };
    case 'multiply':
      return { ...one(graph.add('Mul', pair), left), state };
    default:
      return { ...one(graph.add('Concat', pair, { axis: -1 }), left), state };
  }
}

function direction(
  graph: GraphBuilder,
  kind: string,
  given: Readonly<Record<string, unknown>>,
  inputs: DirectionInputs,
): DirectionOutputs {
  if (kind === 'recurrent') throw new UnsupportedError("a cell of one's own has no form in ONNX");
  const options = cellOptions(kind, given);
  if (hasNode(options)) return writeRecurrentNode(graph, options, inputs);
  return writeRecurrentScan(
    graph,
    options,
    inputs,
    inputs.lengths && within(graph, inputs.x, inputs.lengths),
  );
}

/** The valid steps of x [T, B, F] in the opposite order. */
function reversed(graph: GraphBuilder, x: string, lengths: string | undefined): string {
  if (lengths)
    return graph.add('ReverseSequence', [x, int64(graph, lengths)], { batch_axis: 1, time_axis: 0 });
  const end = graph.ints(Number.MIN_SAFE_INTEGER);
  return graph.add('Slice', [x, graph.ints(-1), end, graph.ints(0), graph.ints(-1)]);
}

/** x [T, B, F] where the step is below the row's length (or `compare`s otherwise with it), else `value`. */
function cleared(graph: GraphBuilder, x: string, lengths: string, value: number, compare = 'Less'): string {
  return graph.add('Where', [within(graph, x, lengths, compare), x, graph.float(value)]);
}

/** [T, B, 1]: whether the step is below the row's length. */
function within(graph: GraphBuilder, x: string, lengths: string, compare = 'Less'): string {
  const scalar = (value: number) => graph.constant('int64', [], [value]);
  const time = graph.add('Gather', [graph.add('Shape', [x]), scalar(0)]);
  const steps = graph.add('Unsqueeze', [graph.add('Range', [scalar(0), time, scalar(1)]), graph.ints(1)]);
  return graph.add('Unsqueeze', [graph.add(compare, [steps, int64(graph, lengths)]), graph.ints(2)]);
}

function int64(graph: GraphBuilder, lengths: string): string {
  return graph.add('Cast', [lengths], { to: 7 });
}

/** [B] as [B, 1]. */
function column(graph: GraphBuilder, lengths: string): string {
  return graph.add('Unsqueeze', [lengths, graph.ints(1)]);
}

function sumOverTime(graph: GraphBuilder, x: string): string {
  return graph.add('ReduceSum', [x, graph.ints(0)], { keepdims: 0 });
}

/** [K, I, F] to [F, I, K]. */
function turnedKernel({ data, shape: [K, I, F] }: NDArray): NDArray {
  const turned = Float32Array.from(
    data,
    (_, i) => data[(i % K) * I * F + (Math.floor(i / K) % I) * F + Math.floor(i / (K * I))],
  );
  return { data: turned, shape: [F, I, K] };
}
