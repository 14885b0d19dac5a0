import type { NDArray } from '@recurra/core';
import { isRecord } from '@recurra/core/backend';
import { bytesOf } from '@recurra/core/files';
import { checkFinite } from '../finite.js';
import type { ImportedModel } from '../model.js';
import { HdfFile } from './hdf5.js';
import { readJson } from './json.js';
import { readTopology } from './topology.js';
import { translate } from './translate.js';
import { checkShape, type RequestedWeight, type WeightFile, type WeightLocation } from './weights.js';
import { unzip } from './zip.js';

const contents = ['metadata.json', 'config.json', 'model.weights.h5'] as const;

/**
 * Reads a `.keras` archive from `model.save` of Keras 3.
 * @throws FormatError for a file that is damaged or inconsistent; UnsupportedError for layers or options that Recurra does
 *   not have
 */
export function readKerasArchive(file: Uint8Array | ArrayBufferLike): ImportedModel {
  const bytes = bytesOf(file);
  const [metadata, config, weights] = unzip(bytes, contents);
  const versions = readJson('metadata.json', metadata);
  const described = readTopology(
    readJson('config.json', config),
    isRecord(versions) ? versions.keras_version : undefined,
  );
  return translate(described, new NumberedWeights(weights));
}

/** Weights by layer and number: `layers/bidirectional/forward_layer/cell/vars/0`. */
class NumberedWeights implements WeightFile {
  readonly #file: HdfFile;

  constructor(bytes: Uint8Array) {
    this.#file = new HdfFile(bytes);
  }

  take({ slot, inner, cell }: WeightLocation, requested: readonly RequestedWeight[]): NDArray[] {
    const wrapped = { layer: '/layer', forward: '/forward_layer', backward: '/backward_layer' };
    const path = `layers/${slot}${inner ? wrapped[inner] : ''}${cell ? '/cell' : ''}/vars`;
    return requested.map(({ name, shape }, i) => {
      const data = this.#file.read(`${path}/${i}`, (stored) =>
        checkShape(`the weight ${name}, ${path}/${i}`, stored, shape),
      );
      checkFinite(`the weight ${name}, ${path}/${i}`, { data, shape });
      return { data, shape };
    });
  }

  /** Keras also saves the states of random number generators, so unused data is not an error. */
  finish(): void {}
}
