import {
  FormatError,
  type InputShape,
  type Layer,
  type NDArray,
  RecurraError,
  type SignalShape,
  sequential,
  UnsupportedError,
} from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import type { ImportedModel } from '../model.js';
import { stepSizes } from '../ports.js';
import { isSupported, supportedLayers, translateLayer } from './layers.js';
import type { Topology } from './topology.js';
import type { WeightFile } from './weights.js';

/** The limit for one row of a layer's output: 1 GiB of float32. */
const maxElements = 2 ** 28;

/** Layers that do not pass a mask on in Keras 3. */
const endMasks = new Set(['Conv1D', 'GlobalMaxPooling1D', 'GlobalAveragePooling1D', 'Flatten']);
/** Layers that use a mask. */
const useMasks = new Set(['SimpleRNN', 'LSTM', 'GRU', 'Bidirectional', 'GlobalAveragePooling1D']);

/**
 * A Keras model as a Recurra model with its weights.
 * @throws UnsupportedError that lists every layer that Recurra does not have; FormatError for a file that is inconsistent
 */
export function translate(topology: Topology, file: WeightFile): ImportedModel {
  const { layers, inputShape, version, inputName, outputName } = topology;
  const unknown = layers.filter(({ className }) => !isSupported(className));
  if (unknown.length > 0) {
    throw new UnsupportedError(
      `Keras layers that are not supported: ${unknown.map(({ config }) => config.owner).join(', ')}; supported: ${supportedLayers().join(', ')}`,
    );
  }
  if (layers.length === 0) throw new FormatError('the model has no layers');

  const result: Layer[] = [];
  const weights: Record<string, NDArray> = {};
  const slots = new Map<string, number>();
  let shape = inputSignal(inputShape, layers[0].className);
  // 'reversed': after a layer with go_backwards, Keras does not reverse the mask along with the outputs.
  let masked: boolean | 'reversed' = false;
  for (const { className, name, config } of layers) {
    const location = { layer: name, slot: slotOf(className, slots), cell: false };
    const features = stepSizes(shape).at(-1) ?? 1;
    if (masked === 'reversed' && useMasks.has(className)) {
      throw new UnsupportedError(
        `${config.owner}: a mask after a layer with go_backwards is not supported, because Keras does not reverse it`,
      );
    }
    try {
      const translated = translateLayer({ className, config, version, shape, features, location, file });
      if (translated.layer) {
        shape = translated.layer.build(shape).outputShape;
        checkExtent(config.owner, shape);
        for (const [own, value] of Object.entries(translated.weights ?? {})) {
          weights[`${result.length}.${own}`] = value;
        }
        result.push(translated.layer);
      }
    } catch (error) {
      if (!(error instanceof RecurraError) || error instanceof UnsupportedError) throw error;
      throw new FormatError(`${config.owner}: ${error.message}`, { cause: error });
    }
    if (className === 'Masking' || (className === 'Embedding' && config.boolean('mask_zero', false)))
      masked = true;
    else if (shape.kind !== 'sequence' || endMasks.has(className)) masked = false;
    else if (masked && className !== 'Bidirectional' && config.get('go_backwards') === true)
      masked = 'reversed';
  }
  if (result.length === 0) throw new FormatError('no layer of the model changes its input');
  file.finish();
  const model = sequential(result, { inputShape: inputShape as InputShape });
  return { model, weights, inputName, outputName };
}

/** @throws UnsupportedError for a layer whose output for one row is too large for a backend */
function checkExtent(owner: string, shape: SignalShape): void {
  const steps = 'time' in shape ? (shape.time ?? 1) : 1;
  const elements = steps * sizeOf(stepSizes(shape));
  if (elements > maxElements) {
    throw new UnsupportedError(
      `${owner}: the output has ${elements} elements per row; the limit is ${maxElements}`,
    );
  }
}

function inputSignal(shape: Topology['inputShape'], first: string): SignalShape {
  const [a, b] = shape;
  if (first === 'Embedding' && shape.length === 1) return { kind: 'tokens', time: a };
  if (shape.length === 1 && a !== null) return { kind: 'vector', features: a };
  if (shape.length === 2 && b !== null) return { kind: 'sequence', time: a, features: b };
  throw new UnsupportedError(
    `a model whose input has the shape [batch, ${shape}] is not supported; supported: [batch, features], [batch, time, features] and, before an Embedding, [batch, time]`,
  );
}

/** The name of a layer in the weights of Keras 3: the class in snake case, numbered from the second on. */
function slotOf(className: string, used: Map<string, number>): string {
  const snake = className
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
  const count = used.get(snake) ?? 0;
  used.set(snake, count + 1);
  return count === 0 ? snake : `${snake}_${count}`;
}
