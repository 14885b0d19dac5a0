/* model.py: a Recurra model as a readable torch.nn.Module. */
import { type Activation, type AnyLayer, type BuiltInLayer, UnsupportedError } from '@recurra/core';
import { activationKind } from '@recurra/core/backend';
import type { Architecture, ModelNode } from '@recurra/core/files';
import { batchShape, shapeOf } from '../ports.js';
import { activationInPython } from './activations.js';
import { layerLines } from './layer-lines.js';
import { type PythonNames, pythonNames } from './names.js';
import * as python from './python.js';

/**
 * @throws UnsupportedError, with the node's name, for what model.py does not support: masks, states that are kept or
 *   returned, custom layers
 */
export function modulePython(model: Architecture): string {
  const names = pythonNames(model);
  const logits = model.isChain ? lastActivation(model.nodes[model.nodes.length - 1].layer) : undefined;
  const init: string[] = [];
  const forward: string[] = [];
  const uses = usesOf(model);
  // The signal that x holds.
  let held = model.isChain ? 0 : -1;
  for (const [i, node] of model.nodes.entries()) {
    const lines = linesOf(model, names, node);
    if (node.name === node.owner) init.push(...lines.init);
    const isSingle = node.layer.inputs === undefined;
    if (isSingle && node.from[0] !== held) forward.push(`x = ${names.variable(node.from[0])}`);
    // The last activation is written separately, because losses are computed from its input.
    const isLast = i === model.nodes.length - 1;
    forward.push(...(isLast && logits ? lines.forward.slice(0, -1) : lines.forward));
    held = node.signal;
    const [next] = model.nodes.slice(i + 1);
    const count = uses.get(node.signal) ?? 0;
    const nextOnly = count === 1 && next?.from[0] === node.signal && next.layer.inputs === undefined;
    if (count > 0 && !nextOnly) forward.push(`${names.variable(node.signal)} = x`);
    if (!model.isChain)
      for (const other of Object.values(node.others)) forward.push(`${names.variable(other)} = back`);
  }
  const parameters = model.isChain ? ['x'] : Object.keys(model.inputs).map((_, i) => names.variable(i));
  const body = [
    'class Model(nn.Module):',
    `    """${docstring(model, parameters, logits)}"""`,
    '',
    '    def __init__(self):',
    '        super().__init__()',
    ...init.map((line) => `        ${line}`),
    '',
    `    def forward(self, ${[...parameters, ...(logits ? ['logits=False'] : [])].join(', ')}):`,
    ...forward.map((line) => `        ${line}`),
    ...(logits
      ? ['        if logits:', '            return x', `        return ${activationInPython(logits)}`]
      : [`        ${returned(model, names)}`]),
  ].join('\n');
  const used = new Set(body.match(/\b\w+(?=\()/g));
  const helpers = Object.entries(python.helpers).flatMap(([name, code]) => (used.has(name) ? [code] : []));
  return [
    `"""A network from Recurra. Its weights are in model.safetensors."""\n${python.imports}`,
    python.files,
    ...helpers,
    `${body}\n`,
    python.load,
  ].join('\n\n');
}

/** Softmax or sigmoid at the end of a model: losses are computed from its input. */
export function lastActivation(last: AnyLayer): Activation | undefined {
  const layer = last as unknown as BuiltInLayer;
  if (layer.kind !== 'dense' && layer.kind !== 'activation') return undefined;
  const { activation } = layer.options;
  const kind = activationKind(activation);
  return kind === 'softmax' || kind === 'sigmoid' ? activation : undefined;
}

/** How often each signal is used by a node or, in a graph, as an output. */
function usesOf({ nodes, outputs, isChain }: Architecture): ReadonlyMap<number, number> {
  const uses = new Map<number, number>();
  const starts = nodes.flatMap(({ initialState }) =>
    initialState && 'signals' in initialState ? initialState.signals : [],
  );
  const results = isChain ? [] : Object.values(outputs).map(({ signal }) => signal);
  for (const signal of [...nodes.flatMap(({ from }) => from), ...starts, ...results])
    uses.set(signal, (uses.get(signal) ?? 0) + 1);
  return uses;
}

function linesOf(model: Architecture, names: PythonNames, node: ModelNode) {
  const refuse = (problem: string): never => {
    throw new UnsupportedError(`${model.nameOf(node)}: ${problem}`);
  };
  const isRead = model.nodes.some(
    ({ initialState }) => initialState && 'node' in initialState && initialState.node === node.name,
  );
  return layerLines({
    layer: node.layer,
    attribute: names.attribute(node),
    inputs: node.from.map((signal) => names.variable(signal)),
    shapes: node.from.map((signal) => shapeOf(model, signal)),
    outputShape: node.built.outputShape,
    start: startOf(model, names, node),
    state: isRead ? `${names.variable(node.signal)}_state` : undefined,
    refuse,
  });
}

/** Expressions for the tensors of the initial state, each [batch, size]; undefined: zeros. */
function startOf(model: Architecture, names: PythonNames, { built, initialState }: ModelNode) {
  if (!initialState) return undefined;
  const { stateSizes = [], sharedState } = built;
  let shared: string[];
  if ('node' in initialState) {
    const from = model.nodes.find(({ name }) => name === initialState.node) as ModelNode;
    const parts = (from.built.stateSizes ?? []).map((_, i) => `${names.variable(from.signal)}_state[${i}]`);
    const half = parts.length / 2;
    shared = initialState.shared
      ? parts.slice(0, half).map((ahead, i) => `torch.cat([${ahead}, ${parts[half + i]}], -1)`)
      : parts;
  } else {
    const vectors = initialState.signals.map((signal) => names.variable(signal));
    const [first] = vectors;
    const zeros = (size: number) => `${first}.new_zeros(${first}.shape[0], ${size})`;
    shared = (sharedState?.sizes ?? stateSizes).map((size, i) => vectors[i] ?? zeros(size));
  }
  if (!sharedState) return shared;
  const cut = shared.length;
  const part = (direction: 0 | 1) =>
    shared.map((x, i) => `${x}.split([${stateSizes[i]}, ${stateSizes[cut + i]}], -1)[${direction}]`);
  return [...part(0), ...part(1)];
}

function docstring(
  model: Architecture,
  parameters: readonly string[],
  logits: Activation | undefined,
): string {
  const shapes = Object.values(model.inputs).map(({ shape }, i) => {
    const [, ...sizes] = batchShape(shape);
    const what = shape.kind === 'tokens' ? 'token ids ' : '';
    return `${parameters[i]} is ${what}[${['batch', ...sizes.map((size) => size ?? 'time')].join(', ')}]`;
  });
  if (!model.isChain) return `${shapes.join(', ')}. Returns the outputs of Recurra's network by name.`;
  return `${shapes[0]}. Returns the output of Recurra's network${logits ? ', or the input of its last activation' : ''}.`;
}

function returned({ isChain, outputs }: Architecture, names: PythonNames): string {
  if (isChain) return Object.keys(outputs).length === 2 ? 'return x, back' : 'return x';
  const entries = Object.entries(outputs).map(
    ([name, { signal }]) => `${JSON.stringify(name)}: ${names.variable(signal)}`,
  );
  return `return {${entries.join(', ')}}`;
}
