import { strToU8, zipSync } from 'fflate';
import type { WrittenNetwork } from '../model.js';
import { inKerasOrder } from './layer-order.js';
import { slotsOf } from './slots.js';
import { type CalledLayer, type FunctionalModel, functionalModel, type Ref } from './write-functional.js';
import { type HdfGroup, writeHdf5 } from './write-hdf5.js';
import type { Config } from './written-layer.js';

/**
 * Exports a network as a `.keras` archive of Keras 3, a functional model: its inputs and layers have the names of the graph's
 * inputs and nodes. Layers that share weights are one layer that is called several times.
 * @throws UnsupportedError for a layer or option that Keras 3 does not have
 */
export async function writeKerasArchive(network: WrittenNetwork): Promise<Uint8Array> {
  const functional = functionalModel(network.model, await network.getWeights(), 'Keras 3');
  const model = { ...functional, layers: inKerasOrder(functional) };
  const config = {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: configOf(model),
    registered_name: 'Functional',
    build_config: { input_shape: null },
  };
  return zipSync(
    {
      'metadata.json': strToU8(JSON.stringify({ keras_version: '3.0.0', date_saved: '1970-01-01@00:00:00' })),
      'config.json': strToU8(JSON.stringify(config)),
      'model.weights.h5': writeHdf5({ layers: weightGroups(model.layers) }),
    },
    { level: 0 },
  );
}

function configOf({ inputs, layers, outputs }: FunctionalModel) {
  return {
    name: 'model',
    trainable: true,
    layers: [
      ...inputs.map(({ name, shape }) => ({
        ...kerasObject('InputLayer', { name, batch_shape: shape, dtype: 'float32' }),
        name,
        inbound_nodes: [],
      })),
      ...layers.map((layer) => {
        const { name, className, config } = layer;
        return {
          ...kerasObject(className, { name, ...config }),
          name,
          inbound_nodes: layer.calls.map(({ from, start }) => ({
            args: merging.has(layer.className) ? [from.map(kerasTensor)] : from.map(kerasTensor),
            kwargs: { ...layer.options, ...(start.length > 0 && { initial_state: start.map(kerasTensor) }) },
          })),
        };
      }),
    ],
    input_layers: inputs.map(({ name }) => [name, 0, 0]),
    output_layers: outputs,
  };
}

/** Layers that take their inputs as one list. */
const merging = new Set(['Add', 'Multiply', 'Concatenate', 'Attention']);

/** A layer as Keras 3 serialises it, with the layers inside. */
function kerasObject(className: string, config: Config): object {
  const inside = ['layer', 'backward_layer'].flatMap((key) => {
    const layer = config[key] as { class_name: string; config: Config } | undefined;
    return layer ? [[key, kerasObject(layer.class_name, layer.config)] as const] : [];
  });
  return {
    module: 'keras.layers',
    class_name: className,
    config: { ...config, ...Object.fromEntries(inside) },
    registered_name: null,
  };
}

/** Keras finds the tensor by its history; it does not look at the shape. */
function kerasTensor(ref: Ref): object {
  return { class_name: '__keras_tensor__', config: { shape: [], dtype: 'float32', keras_history: ref } };
}

/** The weights by slot: `lstm_1/cell/vars/0`. */
function weightGroups(layers: readonly CalledLayer[]): HdfGroup {
  const groups: Record<string, HdfGroup> = {};
  for (const [layer, slot] of slotsOf(layers)) groups[slot] = layerGroup(layer);
  return groups;
}

function layerGroup({ className, weights }: CalledLayer): HdfGroup {
  const entries = Object.entries(weights);
  const vars = (own: typeof entries): HdfGroup => ({
    vars: Object.fromEntries(own.map(([, value], i) => [`${i}`, value])),
  });
  switch (className) {
    case 'SimpleRNN':
    case 'LSTM':
    case 'GRU':
      return { cell: vars(entries) };
    case 'Bidirectional': {
      const of = (direction: string) => entries.filter(([name]) => name.startsWith(direction));
      return {
        forward_layer: { cell: vars(of('forward_')) },
        backward_layer: { cell: vars(of('backward_')) },
      };
    }
    case 'TimeDistributed':
      return { layer: vars(entries) };
    default:
      return vars(entries);
  }
}
