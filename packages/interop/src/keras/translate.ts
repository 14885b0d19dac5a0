import {
  FormatError,
  graph,
  type InputShape,
  type Model,
  type ModelTypes,
  type NDArray,
  type Node,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import type { ImportedModel } from '../model.js';
import { isSupported, supportedLayers } from './layers.js';
import type { Topology } from './topology.js';
import { plain, Translator, wrapped } from './translator.js';
import type { WeightFile } from './weights.js';

/**
 * A Keras model as a Recurra model with its weights: of one layer after another, or else a graph whose inputs and outputs
 * have the names of Keras's layers.
 * @throws UnsupportedError that lists every layer that Recurra does not have; FormatError for a file that is inconsistent
 */
export function translate<Types extends ModelTypes>(
  topology: Topology,
  file: WeightFile,
): ImportedModel<Types> {
  const { layers, inputs, outputs, chain } = topology;
  const unknown = layers.filter(({ className }) => !isSupported(className));
  if (unknown.length > 0) {
    throw new UnsupportedError(
      `Keras layers that are not supported: ${unknown.map(({ config }) => config.owner).join(', ')}; supported: ${supportedLayers().join(', ')}`,
    );
  }
  if (layers.length === 0) throw new FormatError('the model has no layers');
  const translator = new Translator(topology, file);
  const shapes = inputs.map((input) => [plain(input.name), translator.inputShape(input)] as const);
  const model = wrapped('the model', () =>
    graph(Object.fromEntries(shapes), (nodes) => {
      for (const [i, { name }] of inputs.entries())
        translator.setInput(name, (nodes as Record<string, Node>)[shapes[i][0]]);
      for (const call of topology.calls) translator.translate(call);
      return translator.outputs(outputs);
    }),
  );
  file.finish();
  const { used } = translator;
  if (used.length === 0) throw new FormatError('no layer of the model changes its input');
  if (!chain) {
    const weights = used.flatMap(({ name, weights }) => withPrefix(name, weights));
    return { model: model as unknown as Model<Types>, weights: Object.fromEntries(weights) };
  }
  const [{ shape: inputShape }] = inputs;
  return {
    model: sequential(
      used.map(({ layer }) => layer),
      { inputShape: inputShape as InputShape },
    ) as unknown as Model<Types>,
    weights: Object.fromEntries(used.flatMap(({ weights }, i) => withPrefix(`${i}`, weights))),
    ...chain,
  };
}

function withPrefix(name: string, weights: Readonly<Record<string, NDArray>>): [string, NDArray][] {
  return Object.entries(weights).map(([own, value]) => [`${name}.${own}`, value]);
}
