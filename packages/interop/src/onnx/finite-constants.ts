/*
 * A constant with NaN is damaged. An infinity may be intended, for example in a mask that is added before a softmax, but not
 * in a weight. Weights are the constants that reach a matrix product, a recurrent node or a normalisation, directly or
 * through nodes that only move elements.
 */
import { checkFinite } from '../finite.js';
import { constantOf } from './constant.js';
import { isFloat } from './dtypes.js';
import { type Graph, type GraphNode, show } from './graph.js';
import type { HostArray } from './tensor-proto.js';

const weightedOperators = new Set([
  'RNN',
  'LSTM',
  'GRU',
  'DynamicQuantizeLSTM',
  'MatMul',
  'Gemm',
  'Conv',
  'LayerNormalization',
  'BatchNormalization',
]);

/** Operators whose outputs have the same elements as their inputs, or are finite if they are. */
const movingOperators = new Set([
  'Cast',
  'Concat',
  'DequantizeLinear',
  'Expand',
  'Flatten',
  'Gather',
  'Identity',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
]);

/** @throws FormatError for NaN in a constant, or an infinity in a weight, with the name of the tensor */
export function checkConstants({ constants, nodes }: Graph): void {
  const weights = weightNames(nodes, constants);
  const check = (what: string, name: string, { dtype, shape, data }: HostArray) => {
    if (isFloat(dtype))
      checkFinite(what, { shape, data: data as Float32Array }, { infinities: !weights.has(name) });
  };
  for (const [name, array] of constants) check(`initializer ${show(name)}`, name, array);
  for (const node of nodes) {
    if (node.type === 'Constant') check(node.label, node.outputs[0] ?? '', constantOf(node));
  }
}

/** Names of arrays that must not contain infinities. */
function weightNames(nodes: readonly GraphNode[], constants: Graph['constants']): Set<string> {
  const names = new Set<string>();
  const add = (node: GraphNode) => {
    for (const name of node.inputs) if (name !== undefined) names.add(name);
  };
  const products = new Set(nodes.flatMap(({ type, outputs }) => (type === 'MatMul' ? outputs : [])));
  for (const node of [...nodes].reverse()) {
    const moved =
      movingOperators.has(node.type) && node.outputs.some((name) => name !== undefined && names.has(name));
    if (weightedOperators.has(node.type) || moved) add(node);
    // A vector that is added to a product is the bias of a linear layer; masks have a higher rank.
    const vector = node.inputs.some((name) => (constants.get(name ?? '')?.shape.length ?? 2) <= 1);
    if (node.type === 'Add' && vector && node.inputs.some((name) => products.has(name))) add(node);
  }
  return names;
}
