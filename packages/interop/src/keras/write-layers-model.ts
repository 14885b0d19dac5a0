import { type InputShape, type NDArray, UnsupportedError } from '@recurra/core';
import type { Architecture } from '@recurra/core/files';
import type { WrittenNetwork } from '../model.js';
import { shapeOf } from '../ports.js';
import { functionalModel, functionalTopology } from './write-functional.js';
import { writtenLayers } from './written-layers.js';
import { layerConfig, type NamedLayer, named, ownWeights, type WrittenModel } from './written-model.js';

/** A model in the layers format of TensorFlow.js: two files of one folder. */
export interface LayersModelFiles {
  readonly 'model.json': string;
  readonly 'weights.bin': Uint8Array;
}

/** Layers that do not support masks in tfjs-layers. */
const withoutMask = new Set(['Conv1D', 'Flatten', 'GlobalAveragePooling1D', 'GlobalMaxPooling1D']);

/**
 * Exports a network for `tf.loadLayersModel`: as a Sequential, or a graph as a functional model whose layers have the names of
 * the nodes. Layers that share weights are one layer that is called several times.
 * @throws UnsupportedError for a layer or option that tfjs-layers does not have
 */
export async function writeLayersModel(network: WrittenNetwork): Promise<LayersModelFiles> {
  const { model } = network;
  const all = await network.getWeights();
  const { topology, layers } = model.isChain ? sequentialModel(model, all) : graphModel(model, all);
  const weights = layers.flatMap(({ name, weights }) =>
    Object.entries(weights).map(([own, value]) => ({ name: `${name}/${own}`, value })),
  );
  const file = {
    format: 'layers-model',
    generatedBy: 'Recurra',
    convertedBy: null,
    modelTopology: { ...topology, keras_version: 'tfjs-layers 4.22.0', backend: 'tensor_flow.js' },
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

function graphModel(model: Architecture, all: Readonly<Record<string, NDArray>>): WrittenModel {
  const functional = functionalModel(model, all, 'tfjs-layers');
  return { topology: functionalTopology(functional), layers: functional.layers };
}

function sequentialModel(model: Architecture, all: Readonly<Record<string, NDArray>>): WrittenModel {
  const layers = model.nodes.flatMap((node, index) => {
    const { layer } = node;
    if (Object.keys(node.others).length > 0) {
      throw new UnsupportedError(
        `${model.nameOf(node)}: a Sequential of tfjs-layers has one output, not two (merge 'none')`,
      );
    }
    const name = `${layer.kind}_${index}`;
    const shape = shapeOf(model, node.from[0]);
    const weights = ownWeights(node, all);
    return named(
      name,
      writtenLayers({ owner: model.nameOf(node), name, layer, shape, weights, target: 'tfjs-layers' }),
    );
  });
  checkMasks(layers);
  const [first, ...rest] = layers.map(layerConfig);
  const batchInputShape = {
    batch_input_shape: [null, ...(model.inputShape as InputShape)],
    dtype: 'float32',
  };
  return {
    topology: {
      class_name: 'Sequential',
      config: {
        name: 'sequential',
        layers: [{ ...first, config: { ...first.config, ...batchInputShape } }, ...rest],
      },
    },
    layers,
  };
}

function checkMasks(layers: readonly NamedLayer[]): void {
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
