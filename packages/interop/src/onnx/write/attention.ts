/* Attention in ONNX. The equations are in docs/semantics.md, and as code in core's attention. */
import type { BuiltInLayer, NDArray } from '@recurra/core';
import { stepSizes } from '../../ports.js';
import type { GraphBuilder } from './graph-builder.js';
import { column, compareSteps, selectSteps } from './lengths.js';
import { type LayerInput, type LayerOutput, oneOutput, type WrittenSignal } from './written-layer.js';

type AttentionOptions = Extract<BuiltInLayer, { readonly kind: 'attention' }>['options'];
type Weights = Readonly<Record<string, NDArray>>;

/** The score of a step that is not seen, as in core: finite, and so low that its weight is 0. */
const unseen = -1e30;

/** What depends on the memory alone. */
export interface ReadyMemory {
  /** [B, Tm, D], or [B, heads, Tm, D] */
  readonly values: string;
  /** The scores of a query [Tq, B, Q]: [B, Tq, Tm], or [B, heads, Tq, Tm]. */
  scores(graph: GraphBuilder, query: string): string;
  /** What is added to the scores for the lengths of the memory; absent: 0. */
  readonly bias?: string;
}

export function writeAttention(
  graph: GraphBuilder,
  options: AttentionOptions,
  { inputs: [query, memory], weights, shapes }: LayerInput,
): LayerOutput {
  const { heads, causal } = options;
  const units = options.units ?? (stepSizes(shapes[0]).at(-1) as number);
  const ready =
    heads === undefined
      ? readyMemory(graph, options, weights, '', memory)
      : readyHeads(graph, { ...options, heads, units }, weights, memory);
  const scores = ready.scores(graph, query.name);
  const biased = causal ? graph.add('Add', [scores, causalBias(graph, query.name, memory.name)]) : scores;
  const attended = weighted(graph, ready, biased);
  const context =
    heads === undefined
      ? timeMajor(graph, attended)
      : project(graph, weights, 'output', joinedHeads(graph, attended));
  const seen = zeroUnseen(graph, context, memory.lengths);
  const output = query.lengths ? selectSteps(graph, seen, query.lengths, 0) : seen;
  return oneOutput(output, query.lengths);
}

/**
 * A memory for one of the three scores.
 * @param prefix of the weights' names in the layer
 */
export function readyMemory(
  graph: GraphBuilder,
  { score, scale = 1 }: Pick<AttentionOptions, 'score' | 'scale'>,
  weights: Weights,
  prefix: string,
  memory: WrittenSignal,
): ReadyMemory {
  const weight = (name: string) => graph.weight(prefix + name, weights[prefix + name]);
  const values = batchMajor(graph, memory.name);
  const bias = lengthsBias(graph, memory);
  const scaled = (graph: GraphBuilder, x: string) =>
    scale === 1 ? x : graph.add('Mul', [x, graph.float(scale)]);
  if (score === 'additive') {
    const keys = graph.add('Unsqueeze', [
      graph.add('MatMul', [values, weight('memoryKernel')]),
      graph.ints(1),
    ]);
    const [queryKernel, scoreKernel] = [weight('queryKernel'), weight('scoreKernel')];
    return {
      values,
      bias,
      scores(graph, query) {
        const projected = batchMajor(graph, graph.add('MatMul', [query, queryKernel]));
        const sums = graph.add('Add', [graph.add('Unsqueeze', [projected, graph.ints(2)]), keys]);
        const product = graph.add('MatMul', [graph.add('Tanh', [sums]), scoreKernel]);
        return scaled(graph, graph.add('Squeeze', [product, graph.ints(3)]));
      },
    };
  }
  const keys = graph.add('Transpose', [values], { perm: [0, 2, 1] });
  const kernel = score === 'general' ? weight('kernel') : undefined;
  return {
    values,
    bias,
    scores(graph, query) {
      const projected = kernel === undefined ? query : graph.add('MatMul', [query, kernel]);
      return graph.add('MatMul', [batchMajor(graph, scaled(graph, projected)), keys]);
    },
  };
}

/** A memory for scaled dot products of several heads. */
function readyHeads(
  graph: GraphBuilder,
  { heads, units, scale = 1 / Math.sqrt(units / heads) }: AttentionOptions & { heads: number; units: number },
  weights: Weights,
  memory: WrittenSignal,
): ReadyMemory {
  const splitHeads = (graph: GraphBuilder, x: string, perm: readonly number[]) =>
    graph.add('Transpose', [graph.add('Reshape', [x, graph.ints(0, 0, heads, units / heads)])], { perm });
  const keys = splitHeads(graph, project(graph, weights, 'key', memory.name), [1, 2, 3, 0]);
  const values = splitHeads(graph, project(graph, weights, 'value', memory.name), [1, 2, 0, 3]);
  const bias = lengthsBias(graph, memory);
  return {
    values,
    bias: bias && graph.add('Unsqueeze', [bias, graph.ints(1)]),
    scores(graph, query) {
      const queries = splitHeads(graph, project(graph, weights, 'query', query), [1, 2, 0, 3]);
      return graph.add('MatMul', [graph.add('Mul', [queries, graph.float(scale)]), keys]);
    },
  };
}

/** The values weighted by softmax of the scores: [B, Tq, D], or [B, heads, Tq, D]. */
export function weighted(graph: GraphBuilder, { values, bias }: ReadyMemory, scores: string): string {
  const all = bias === undefined ? scores : graph.add('Add', [scores, bias]);
  return graph.add('MatMul', [graph.add('Softmax', [all], { axis: -1 }), values]);
}

/** x [T, B, D], 0 in rows whose memory has no steps. */
export function zeroUnseen(graph: GraphBuilder, x: string, lengths: string | undefined): string {
  if (lengths === undefined) return x;
  return graph.add('Where', [graph.add('Cast', [column(graph, lengths)], { to: 9 }), x, graph.float(0)]);
}

/** [A, B, D] to [B, A, D]. */
export function batchMajor(graph: GraphBuilder, x: string): string {
  return graph.add('Transpose', [x], { perm: [1, 0, 2] });
}

export const timeMajor = batchMajor;

/** [B, heads, T, D] to [T, B, heads · D]. */
function joinedHeads(graph: GraphBuilder, x: string): string {
  const byRow = graph.add('Transpose', [x], { perm: [2, 0, 1, 3] });
  return graph.add('Reshape', [byRow, graph.ints(0, 0, -1)]);
}

function project(graph: GraphBuilder, weights: Weights, name: string, x: string): string {
  const kernel = `${name}Kernel`;
  const bias = `${name}Bias`;
  const product = graph.add('MatMul', [x, graph.weight(kernel, weights[kernel])]);
  return weights[bias] ? graph.add('Add', [product, graph.weight(bias, weights[bias])]) : product;
}

/** [B, 1, Tm]: what is added to the scores of steps past the rows' lengths. */
function lengthsBias(graph: GraphBuilder, { name, lengths }: WrittenSignal): string | undefined {
  if (lengths === undefined) return undefined;
  const valid = graph.add('Transpose', [compareSteps(graph, name, lengths)], { perm: [1, 2, 0] });
  return graph.add('Where', [valid, graph.float(0), graph.float(unseen)]);
}

/** [Tq, Tm]: what is added to the scores of steps that are still to come. */
function causalBias(graph: GraphBuilder, query: string, memory: string): string {
  const scalar = (value: number) => graph.constant('int64', [], [value]);
  const steps = (x: string) =>
    graph.add('Range', [scalar(0), graph.add('Gather', [graph.add('Shape', [x]), scalar(0)]), scalar(1)]);
  const now = graph.add('Unsqueeze', [steps(query), graph.ints(1)]);
  const toCome = graph.add('Less', [now, steps(memory)]);
  return graph.add('Where', [toCome, graph.float(2 * unseen), graph.float(0)]);
}
