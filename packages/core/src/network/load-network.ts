/* Models and networks from files, which may name any built-in layer. */
import type { Backend } from '../contract/backend.js';
import { type LoadOptions, readModelFile } from '../files/model-file.js';
import { int8 } from '../int8/reader.js';
import { builtInLayers } from '../model/built-in-layers.js';
import { readArchitecture } from '../model/read-architecture.js';
import { readGraph } from '../model/read-graph.js';
import { type LayerMakers, makerOptions } from '../model/read-layer.js';
import type { ModelTypes } from '../model/types.js';
import { checkOptions } from '../options.js';
import { Model, Network } from './network.js';

/**
 * Creates a model from its description: the parsed output of `JSON.stringify(model)`, or a model file's metadata.
 * @throws FormatError for a malformed description, or layers that do not fit together
 */
export function modelFromJson<Types extends ModelTypes = 'chain'>(
  json: unknown,
  makers: LayerMakers = {},
): Model<Types> {
  const { layers, cells } = checkOptions('modelFromJson', makers, makerOptions);
  return readArchitecture(
    json,
    { layers: { ...builtInLayers, ...layers }, cells },
    (parts) => new Model<Types>(parts),
    readGraph,
  );
}

/**
 * Loads a network that `network.save()` wrote and puts it on a backend. An application that only predicts can use
 * `loadPredictor`, which makes its bundle smaller.
 *
 * @param file the bytes of the file, or an ArrayBuffer such as `await (await fetch(url)).arrayBuffer()`
 * @param options.layers, options.cells functions that create the custom layers and cells that the file names
 * @throws FormatError for bytes that are truncated, damaged or not a Recurra model, and for weights that are not finite
 */
export async function loadNetwork<Types extends ModelTypes = 'chain'>(
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: LoadOptions = {},
): Promise<Network<Types>> {
  const { model, settings, weights } = readModelFile(
    'loadNetwork',
    file,
    backend,
    options,
    (json, makers) => modelFromJson<Types>(json, makers),
    int8,
  );
  return new Network<Types>(model, backend, settings, weights);
}
