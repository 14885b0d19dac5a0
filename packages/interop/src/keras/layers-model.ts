import { FormatError, type NDArray, UnsupportedError } from '@recurra/core';
import { isRecord, sizeOf } from '@recurra/core/backend';
import { bytesOf } from '@recurra/core/files';
import { checkFinite } from '../finite.js';
import { checkLocation, type ReadFile } from '../location.js';
import type { ImportedModel } from '../model.js';
import { joined } from './bytes.js';
import { text } from './config.js';
import { readJson } from './json.js';
import { readTopology } from './topology.js';
import { translate } from './translate.js';
import { checkShape, type RequestedWeight, type WeightFile, type WeightLocation } from './weights.js';

/**
 * Reads a model in the layers format of TensorFlow.js: `model.json`, and the files of weights that it names.
 *
 * @param json the bytes of model.json
 * @param read reads a file in the same folder; the path never leaves the folder
 * @throws FormatError for files that are damaged or inconsistent; UnsupportedError for layers or options that Recurra does
 *   not have
 */
export async function readLayersModel(
  json: Uint8Array | ArrayBufferLike,
  read: ReadFile,
): Promise<ImportedModel> {
  const file = readJson('model.json', bytesOf(json));
  const topology = isRecord(file) ? file.modelTopology : undefined;
  if (!isRecord(file) || !isRecord(topology) || (file.format ?? 'layers-model') !== 'layers-model') {
    const format = isRecord(file) ? file.format : file;
    throw new FormatError(
      `model.json must have the format "layers-model" and a modelTopology, not the format ${text(format)}`,
    );
  }
  // In files converted from Python, the model is one level deeper.
  const described = readTopology(topology.model_config ?? topology, topology.keras_version);
  return translate(described, new NamedWeights(await readWeights(file.weightsManifest, read)));
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
}

async function readWeights(manifest: unknown, read: ReadFile): Promise<ReadonlyMap<string, NDArray>> {
  if (!Array.isArray(manifest)) throw new FormatError('weightsManifest must be a list');
  const weights = new Map<string, NDArray>();
  const seen = new Set<string>();
  for (const group of manifest) {
    if (!isRecord(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
      throw new FormatError(`weightsManifest: a group must be { paths, weights }, not ${text(group)}`);
    }
    const shards: Uint8Array[] = [];
    for (const path of group.paths) {
      if (typeof path !== 'string')
        throw new FormatError(`weightsManifest: ${text(path)} is not a file name`);
      const name = checkLocation(path);
      // Otherwise a small model.json that names a file many times could use any amount of memory.
      if (seen.has(name)) throw new FormatError(`weightsManifest names ${name} twice`);
      seen.add(name);
      shards.push(bytesOf(await read(name)));
    }
    const bytes = joined(shards);
    let offset = 0;
    for (const entry of group.weights.map(readEntry)) {
      const size = 4 * sizeOf(entry.shape);
      if (size > bytes.length - offset) {
        throw new FormatError(
          `${entry.name} [${entry.shape}] needs ${size} bytes, but its files have only ${bytes.length - offset} left`,
        );
      }
      if (weights.has(entry.name)) throw new FormatError(`weightsManifest has ${entry.name} twice`);
      weights.set(entry.name, {
        data: readFloats(bytes.subarray(offset, offset + size)),
        shape: entry.shape,
      });
      offset += size;
    }
    if (offset !== bytes.length) {
      throw new FormatError(
        `the files of a group have ${bytes.length} bytes, but its weights need ${offset}`,
      );
    }
  }
  return weights;
}

function readEntry(entry: unknown): Entry {
  if (!isRecord(entry) || typeof entry.name !== 'string') {
    throw new FormatError(`weightsManifest: a weight must be { name, shape, dtype }, not ${text(entry)}`);
  }
  const { name, shape, dtype, quantization } = entry;
  if (dtype !== 'float32' || quantization !== undefined) {
    throw new UnsupportedError(
      `${name}: weights of type ${text(dtype)}${quantization === undefined ? '' : ', quantized,'} are not supported, only float32`,
    );
  }
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new FormatError(`${name}: shape must be a list of whole numbers, not ${text(shape)}`);
  }
  return { name, shape };
}

/** Reads little-endian floats at any byte offset. */
function readFloats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float32Array(bytes.length / 4);
  for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat32(4 * i, true);
  return numbers;
}

interface NamedWeight {
  readonly name: string;
  /** The parts of the name except the last. */
  readonly scope: readonly string[];
  readonly value: NDArray;
}

/** Weights by names like `lstm_1/kernel` or `bidirectional/forward_lstm/lstm_cell/kernel:0`. */
class NamedWeights implements WeightFile {
  readonly #unused = new Set<NamedWeight>();
  /** By the last part of the name and any other part: `kernel lstm_1`. */
  readonly #byPart = new Map<string, NamedWeight[]>();

  constructor(weights: ReadonlyMap<string, NDArray>) {
    for (const [name, value] of weights) {
      const scope = name.replace(/:\d+$/, '').split('/');
      const own = scope.pop() ?? '';
      const weight = { name, scope, value };
      this.#unused.add(weight);
      for (const part of new Set(scope)) {
        const key = `${own} ${part}`;
        const all = this.#byPart.get(key);
        if (all) all.push(weight);
        else this.#byPart.set(key, [weight]);
      }
    }
  }

  take({ layer, inner }: WeightLocation, requested: readonly RequestedWeight[]): NDArray[] {
    const direction = inner === 'forward' || inner === 'backward' ? `${inner}_` : '';
    return requested.map(({ name, shape }) => {
      const matches = (this.#byPart.get(`${name} ${layer}`) ?? []).filter(
        (weight) => this.#unused.has(weight) && weight.scope.some((part) => part.startsWith(direction)),
      );
      const what = `the weight ${name} of ${direction}${layer}`;
      if (matches.length !== 1) {
        throw new FormatError(`${what} must be in the file once, not ${matches.length} times`);
      }
      checkShape(what, matches[0].value.shape, shape);
      checkFinite(`${what}, ${matches[0].name}`, matches[0].value);
      this.#unused.delete(matches[0]);
      return matches[0].value;
    });
  }

  finish(): void {
    const unused = [...this.#unused].map(({ name }) => name);
    if (unused.length > 0)
      throw new FormatError(`these weights belong to no layer: ${unused.slice(0, 5).join(', ')}`);
  }
}
