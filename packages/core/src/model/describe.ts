import { describeLayer } from '../layers/layer.js';
import type { Architecture, ArchitectureDescription, ModelNode, NodeDescription } from './architecture.js';
import { sourcesOf } from './node.js';

/** Describes a model as it is stored in a model file. */
export function describeArchitecture(model: Architecture): ArchitectureDescription {
  const { inputShape, nodes, inputs, outputs, signals } = model;
  if (inputShape) return { inputShape, layers: nodes.map(({ layer }) => describeLayer(layer)) };
  return {
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape])),
    nodes: nodes.map((node) => describeNode(node, signals)),
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { signal }]) => [name, signals[signal]])),
  };
}

function describeNode(
  { name, layer, from, initialState, owner }: ModelNode,
  signals: readonly string[],
): NodeDescription {
  const nameOf = (signal: number) => signals[signal];
  return {
    name,
    ...describeLayer(layer),
    from: sourcesOf(layer, from.map(nameOf)),
    ...(initialState && {
      initialState: 'node' in initialState ? `${initialState.node}.state` : initialState.signals.map(nameOf),
    }),
    ...(owner !== name && { shares: owner }),
  };
}
