import { type NDArray, UnsupportedError } from '@recurra/core';
import type { WrittenNetwork } from '../model.js';
import { type WrittenLayer, writtenLayers } from './written-layers.js';

/** A model in the layers format of TensorFlow.js: two files of one folder. */
export interface LayersModelFiles {
  readonly 'model.json': string;
  readonly 'weights.bin': Uint8Array;
}

/** Layers that do not support masks in tfjs-layers. */
const withoutMask = new Set(['Conv1D', 'Flatten', 'GlobalAveragePooling1D', 'GlobalMaxPooling1D']);

/**
 * Exports a network as a Sequential model for `tf.loadLayersModel`.
 * @throws UnsupportedError for a layer or option that tfjs-layers does not have
 */
export async function writeLayersModel(network: WrittenNetwork): Promise<LayersModelFiles> {
  const { model } = network;
  const all = await network.getWeights();
  const { inputShape } = model;
  if (!inputShape) throw new UnsupportedError('only a model of one layer after another can be a Sequential');
  const layers = model.nodes.flatMap((node, index) => {
    const { layer } = node;
    const prefix = `${index}.`;
    const own = Object.entries(all).filter(([name]) => name.startsWith(prefix));
    const weights = Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
    const name = `${layer.kind}_${index}`;
    const written = writtenLayers({ owner: model.nameOf(node), name, layer, weights });
    return written.map((layer, i) => ({ ...layer, name: i === 0 ? name : `${name}_activation` }));
  });
  checkMasks(layers);
  const [first, ...rest] = layers.map(({ className, config, name }) => ({
    class_name: className,
    config: { name, trainable: true, ...config },
  }));
  const batchInputShape = { batch_input_shape: [null, ...inputShape], dtype: 'float32' };
  const weights = layers.flatMap(({ name, weights }) =>
    Object.entries(weights).map(([own, value]) => ({ name: `${name}/${own}`, value })),
  );
  const file = {
    format: 'layers-model',
    generatedBy: 'Recurra',
    convertedBy: null,
    modelTopology: {
      class_name: 'Sequential',
      config: {
        name: 'sequential',
        layers: [{ ...first, config: { ...first.config, ...batchInputShape } }, ...rest],
      },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: weights.map(({ name, value: { shape } }) => ({ name, shape, dtype: 'float32' })),
      },
    ],
  };
  return {
    'model.json': JSON.stringify(file),
    'weights.bin': littleEndian(weights.map(({ value }) => value)),
  };
}

function checkMasks(layers: readonly (WrittenLayer & { readonly name: string })[]): void {
  let masked = false;
  for (const { className, config, name } of layers) {
    if (className === 'Masking' || config.mask_zero === true) masked = true;
    else if (masked && withoutMask.has(className)) {
      throw new UnsupportedError(`${name}: ${className} of tfjs-layers does not support masks`);
    }
    const { layer } = config as { layer?: { config: { return_sequences: boolean } } };
    if ((layer?.config ?? config).return_sequences === false) masked = false;
  }
}

function littleEndian(arrays: readonly NDArray[]): Uint8Array {
  const bytes = new Uint8Array(4 * arrays.reduce((size, { data }) => size + data.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { data } of arrays) {
    for (const value of data) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return bytes;
}
