import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import type { NDArray } from '../data/ndarray.js';
import { FormatError, type RecurraError } from '../errors.js';
import { checkWeights, type HostTensor } from '../host-arrays.js';
import type { CustomParts } from '../layers/registry.js';
import { Model, type NetworkOptions } from '../model.js';
import { Network } from '../network.js';
import { boolean, checkOptions, custom, isRecord, number, optional, show } from '../options.js';
import { parseJson } from './json.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

/** The version of the form below; a file of a later one is refused. */
const formatVersion = 1;

/**
 * A model file is one .safetensors file. Its tensors are the parameters, by name; its metadata has `format` 'recurra',
 * `version`, `model`, the description as JSON, and `seed`. What else is in it (a checkpoint's training state) has a
 * prefix.
 */
export function encodeModel(
  { model, seed }: Network,
  weights: Readonly<Record<string, NDArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const described = {
    format: 'recurra',
    version: String(formatVersion),
    model: JSON.stringify(model),
    seed: String(seed),
  };
  return encodeSafetensors(weights, { ...described, ...metadata });
}

export interface DecodedModel {
  readonly model: Model;
  readonly tensors: Readonly<Record<string, NDArray>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** @throws FormatError for bytes that are not a model file of this version */
export function decodeModel(file: Uint8Array | ArrayBufferLike, custom: CustomParts = {}): DecodedModel {
  const { tensors, metadata } = decodeSafetensors(file);
  if (metadata.format !== 'recurra') {
    throw new FormatError(`the file's metadata has format ${show(metadata.format)}, not "recurra"`);
  }
  if (metadata.version !== String(formatVersion)) {
    throw new FormatError(
      `the file has version ${show(metadata.version)}; this release reads version ${formatVersion}`,
    );
  }
  const description = parseJson("the metadata's model", metadata.model);
  return { model: Model.fromJSON(description, custom), tensors, metadata };
}

/** The seed is the saved network's, if no other is given. */
export interface LoadOptions extends CustomParts, Omit<NetworkOptions, 'weights'> {
  /** Take NaN and infinite weights too. Default false. */
  readonly allowNonFinite?: boolean;
}

/**
 * The network that `network.save()` wrote, on a backend. Its weights are those of the file; nothing is initialised.
 * @param file the bytes of the file; an ArrayBuffer will do, as `(await fetch(url)).arrayBuffer()` gives it
 * @param options.layers, options.cells functions that make the layers and cells of one's own that the file names
 * @throws FormatError for bytes that are truncated, damaged, or not a model of Recurra, and for weights that are not finite
 */
export async function load(
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: LoadOptions = {},
): Promise<Network> {
  checkBackend('load', backend);
  const { layers, cells, allowNonFinite, ...on } = checkOptions('load', options, {
    layers: optional(custom<CustomParts['layers']>('an object of functions', isRecord)),
    cells: optional(custom<CustomParts['cells']>('an object of functions', isRecord)),
    seed: optional(number),
    fused: optional(boolean, true),
    allowNonFinite: optional(boolean, false),
  });
  const { model, tensors, metadata } = decodeModel(file, { layers, cells });
  const weights = checkFileWeights(model, tensors, allowNonFinite ? 'any' : backend.precision);
  const saved = Number(metadata.seed);
  const seed = on.seed ?? (Number.isFinite(saved) ? saved : 0);
  return new Network(model, backend, { seed, fused: on.fused }, weights);
}

/** The parameters among a file's tensors. @throws FormatError where they are not those of its model */
export function checkFileWeights(
  model: Model,
  tensors: Readonly<Record<string, NDArray>>,
  finite: Backend['precision'] | 'any',
): Map<string, HostTensor> {
  const parameters = model.parameters();
  try {
    return checkWeights('weights', pick(tensors, [...parameters.keys()]), parameters, finite);
  } catch (error) {
    throw new FormatError(
      `the file's weights are not those of its model: ${(error as RecurraError).message}`,
      { cause: error },
    );
  }
}

/** The tensors of these names, those that are there. */
export function pick(
  tensors: Readonly<Record<string, NDArray>>,
  names: readonly string[],
): Record<string, NDArray> {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(tensors, name)).map((name) => [name, tensors[name]]),
  );
}
