import type { Backend } from '../contract/backend.js';
import type { NDArray } from '../data/ndarray.js';
import { FormatError, type RecurraError } from '../errors.js';
import type { CustomParts } from '../layers/registry.js';
import { Model, type NetworkOptions } from '../model.js';
import type { Network } from '../network.js';
import { show } from '../options.js';
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
export function decodeModel(bytes: Uint8Array, custom: CustomParts = {}): DecodedModel {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata.format !== 'recurra') {
    throw new FormatError(`the file's metadata has format ${show(metadata.format)}, not "recurra"`);
  }
  if (metadata.version !== String(formatVersion)) {
    throw new FormatError(
      `the file has version ${show(metadata.version)}; this release reads version ${formatVersion}`,
    );
  }
  return { model: Model.fromJSON(parse('model', metadata.model), custom), tensors, metadata };
}

/** The seed is the saved network's, if no other is given. */
export interface LoadOptions extends CustomParts, NetworkOptions {}

/**
 * The network that `network.save()` wrote, on a backend.
 * @param options.layers, options.cells functions that make the layers and cells of one's own that the file names
 * @throws FormatError for bytes that are truncated, damaged, or not a model of Recurra
 */
export async function load(bytes: Uint8Array, backend: Backend, options: LoadOptions = {}): Promise<Network> {
  const { layers, cells, ...on } = options;
  const { model, tensors, metadata } = decodeModel(bytes, { layers, cells });
  const seed = Number(metadata.seed);
  const network = model.on(backend, { seed: Number.isFinite(seed) ? seed : 0, ...on });
  try {
    network.setWeights(pick(tensors, [...network.parameters.keys()]));
  } catch (error) {
    network.dispose();
    throw new FormatError(
      `the file's weights are not those of its model: ${(error as RecurraError).message}`,
      { cause: error },
    );
  }
  return network;
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

/** The JSON of one entry of the metadata. @throws FormatError where it is missing or no JSON */
export function parse(name: string, text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch (cause) {
    throw new FormatError(`the metadata's ${name} must be JSON, not ${show(text)}`, { cause });
  }
}
