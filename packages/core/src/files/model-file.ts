import type { Backend } from '../contract/backend.js';
import { checkBackend } from '../contract/check-backend.js';
import { FormatError, type RecurraError } from '../errors.js';
import { checkWeights, type HostTensor } from '../host-arrays.js';
import type { CheckFloats, Int8Reader } from '../int8/reader.js';
import type { Architecture } from '../model/architecture.js';
import { describeArchitecture } from '../model/describe.js';
import { type LayerMakers, makerOptions } from '../model/read-layer.js';
import { boolean, checkOptions, number, optional, show } from '../options.js';
import { parseJson } from './json.js';
import { decodeTensors, encodeSafetensors, floatTypes, type StoredTensor } from './safetensors.js';

/** The version of the format below. A file with a later version is rejected. */
const formatVersion = 1;

/**
 * A model file is one .safetensors file. Its tensors are the parameters and buffers, by name. Int8 weights are of type I8,
 * and the tensor `scales` has their scales, one after another in the order of the model's parameters. The metadata has `format` 'recurra',
 * `version`, `model`, the description as JSON, and `seed`. Other tensors in it (a checkpoint's training state) have a prefix.
 */
export function encodeModel(
  { model, seed }: { readonly model: Architecture; readonly seed: number },
  weights: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const described = {
    format: 'recurra',
    version: String(formatVersion),
    model: JSON.stringify(describeArchitecture(model)),
    seed: String(seed),
  };
  return encodeSafetensors(weights, { ...described, ...metadata });
}

interface DecodedModel {
  /** The parsed JSON of the description, not yet checked. */
  readonly description: unknown;
  readonly tensors: Record<string, StoredTensor>;
  /** The seed of the saved network; 0 if the file has none. */
  readonly seed: number;
}

/** @throws FormatError for bytes that are not a model file of this version */
function decodeModel(
  file: Uint8Array | ArrayBufferLike,
  types: Int8Reader['types'] = floatTypes,
): DecodedModel {
  const { tensors, metadata } = decodeTensors(file, types);
  if (metadata.format !== 'recurra') {
    throw new FormatError(`the file's metadata has format ${show(metadata.format)}, not "recurra"`);
  }
  if (metadata.version !== String(formatVersion)) {
    throw new FormatError(
      `the file has version ${show(metadata.version)}; this release reads version ${formatVersion}`,
    );
  }
  const seed = Number(metadata.seed);
  return {
    description: parseJson("the metadata's model", metadata.model),
    tensors,
    seed: Number.isFinite(seed) ? seed : 0,
  };
}

/** The options for loading a model file. */
export interface LoadOptions extends LayerMakers {
  /** The seed of the dropout masks, for further training. Default: the saved network's seed. */
  readonly seed?: number;
  /** Use the backend's fused kernels. If false, everything is composed from the required operations. Default true. */
  readonly fused?: boolean;
  /** Accept NaN and infinite weights. Default false. */
  readonly allowNonFinite?: boolean;
}

/** Checks the options and fills in the defaults. @throws OptionError for an unknown or invalid option */
function loadSettings(owner: string, options: LoadOptions) {
  const { layers, cells, ...settings } = checkOptions(owner, options, {
    ...makerOptions,
    seed: optional(number),
    fused: optional(boolean, true),
    allowNonFinite: optional(boolean, false),
  });
  return { ...settings, makers: { layers, cells } };
}

/**
 * Reads a model file, so the model can be put on a backend.
 *
 * @param owner the name of the loading function, for messages
 * @param read creates the model from its description
 * @param int8 reads int8 weights; undefined if the file may have none
 */
export function readModelFile<Model extends Architecture>(
  owner: string,
  file: Uint8Array | ArrayBufferLike,
  backend: Backend,
  options: LoadOptions,
  read: (description: unknown, makers: LayerMakers) => Model,
  int8?: Int8Reader,
) {
  checkBackend(owner, backend);
  const { makers, allowNonFinite, fused, seed } = loadSettings(owner, options);
  const { description, tensors, ...saved } = decodeModel(file, int8?.types);
  const model = read(description, makers);
  const settings = { seed: seed ?? saved.seed, fused };
  const finite = allowNonFinite ? 'any' : backend.precision;
  const check: CheckFloats = (tensors) => checkFileWeights(model, tensors, finite);
  return int8
    ? int8.read(model, backend, settings, tensors, check)
    : { model, settings, weights: check(tensors) };
}

/** Selects and checks the parameters among a file's tensors. @throws FormatError if they do not match the model */
export function checkFileWeights(
  model: Architecture,
  tensors: Readonly<Record<string, HostTensor>>,
  finite: Backend['precision'] | 'any',
): Map<string, HostTensor> {
  const parameters = new Map([...model.parameters(), ...model.buffers()]);
  const names = [...parameters.keys()].filter((name) => Object.hasOwn(tensors, name));
  const weights = Object.fromEntries(names.map((name) => [name, tensors[name]]));
  try {
    return checkWeights('weights', weights, parameters, finite);
  } catch (error) {
    throw new FormatError(`the file's weights do not match its model: ${(error as RecurraError).message}`, {
      cause: error,
    });
  }
}
