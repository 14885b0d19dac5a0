import { sizeOf } from '../contract/tensor.js';
import type { SignalShape } from '../layers/layer.js';
import { describeShape } from '../layers/shapes.js';
import type { Architecture, ModelNode } from './architecture.js';

/** See `Model.summary`. */
export function summarize(model: Architecture): string {
  const rows = [['name', 'layer', 'output', 'parameters', 'from']];
  for (const [name, { shape }] of Object.entries(model.inputs))
    rows.push([name, 'input', describe(shape), '', '']);
  for (const node of model.nodes) {
    const { name, layer, built } = node;
    const from = node.from.map((signal) => model.signals[signal]).join(', ');
    rows.push([name, layer.kind, describe(built.outputShape), parametersOf(node), from]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
  const parameters = [...model.parameters().values()];
  const trained = count(parameters.filter(({ trainable }) => trainable));
  const frozen = count(parameters) - trained;
  const buffers = count([...model.buffers().values()]);
  const rest = [
    ...(frozen > 0 ? [`${frozen} frozen parameters`] : []),
    ...(buffers > 0 ? [`${buffers} values that are saved but not trained`] : []),
  ];
  const outputs = Object.entries(model.outputs).map(
    ([name, { signal }]) => `${name} (${model.signals[signal]})`,
  );
  return [...lines, `outputs: ${outputs.join(', ')}`, [`${trained} parameters`, ...rest].join(', ')].join(
    '\n',
  );
}

function parametersOf({ name, owner, built }: ModelNode): string {
  if (owner !== name) return `shares ${owner}`;
  return String(count(Object.values(built.parameters)));
}

function count(parameters: readonly { readonly shape: readonly number[] }[]): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function describe(shape: SignalShape): string {
  return describeShape(shape).replace(/^an? /, '');
}
