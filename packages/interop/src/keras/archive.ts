import type { NDArray } from '@recurra/core';
import { isRecord } from '@recurra/core/backend';
import { bytesOf } from '@recurra/core/files';
import { checkFinite } from '../finite.js';
import type { ImportedModel } from '../model.js';

import { HdfFile } from './hdf5.js';
import { readJson } from './json.js';
import { readTopology } from './topology.js';
import { translate } from './translate.js';
import { checkShape, type WantedWeight, type WeightFile, type WeightPlace } from './weights.js';
import { unzip } from './zip.js';

const contents = ['metadata.json', 'config.json', 'model.weights.h5'] as const;

/**
 * A `.keras` archive, as `model.save` of Keras 3 writes it.
 * @throws FormatError for a file that is damaged or does not fit itself; UnsupportedError for what Recurra does not have
 */
export function readKerasArchive(file: Uint8Array | ArrayBufferLike): ImportedModel {
  const bytes = bytesOf(file);
  const [metadata, config, weights] = unzip(bytes, contents);
  const said = readJson('metadata.json', metadata);
  const described = readTopology(
    readJson('config.json', config),
    isRecord(said) ? said.keras_version : undefined,
  );
  return translate(described, new NumberedWeights(weights));
}

/** Weights by their layer's place and their number in it: `layers/bidirectional/forward_layer/cell/vars/0`. */
class NumberedWeights implements WeightFile {
  readonly #file: HdfFile;

  constructor(bytes: Uint8Array) {
    this.#file = new HdfFile(bytes);
  }

  take({ slot, inner, cell }: WeightPlace, wanted: readonly WantedWeight[]): NDArray[] {
    const within = { layer: '/layer', forward: '/forward_layer', backward: '/backward_layer' };
    const path = `layers/${slot}${inner ? within[inner] : ''}${cell ? '/cell' : ''}/vars`;
    return wanted.map(({ name, shape }, i) => {
      const data = this.#file.read(`${path}/${i}`, (given) =>
        checkShape(`the weight ${name}, ${path}/${i}`, given, shape),
      );
      checkFinite(`the weight ${name}, ${path}/${i}`, { data, shape });
      return { data, shape };
    });
  }

  /** Keras keeps states of random numbers beside the weights, so that what is left over says nothing. */
  finish(): void {}
}
