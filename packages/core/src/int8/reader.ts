import { FormatError, type RecurraError } from '../errors.js';
import { floatTypes, type NumberTypes, type StoredTensor } from '../files/safetensors.js';
import type { HostTensor } from '../host-arrays.js';
import type { Architecture } from '../model/architecture.js';
import type { Int8State } from './matrix.js';
import { placeMatrices, takeMatrices } from './place.js';

/** Reads int8 weights from model files: the export `int8`. */
export interface Int8Reader {
  readonly types: NumberTypes<StoredTensor['data']>;
  /** Takes the int8 weights out of a file's tensors; see {@link takeMatrices}. @throws FormatError if they do not fit */
  take(model: Architecture, tensors: Readonly<Record<string, HostTensor>>): ReturnType<typeof takeMatrices>;
  /** Puts those back in the checked weights that stay int8 on the backend. */
  readonly place: typeof placeMatrices;
}

/** The suffix of the name of a matrix's scales in a file. */
const suffix = '.scale';

/** Reads model files with int8 weights. Pass it to `loadPredictor` as `{ int8 }`; `loadNetwork` always reads them. */
export const int8: Int8Reader = {
  types: { ...floatTypes, I8: [1, (buffer) => new Int8Array(buffer)] },
  take(model, tensors) {
    const weights = { ...tensors };
    for (const [name, { shape }] of model.parameters()) {
      const scale = name + suffix;
      if (!Object.hasOwn(tensors, name) || !(tensors[name].data instanceof Int8Array)) continue;
      if (!Object.hasOwn(tensors, scale))
        throw new FormatError(`the file has int8 weights ${name} [${shape}], but no tensor ${scale}`);
      weights[name] = { ...tensors[name], scales: Float32Array.from(tensors[scale].data) };
    }
    try {
      return takeMatrices('weights', model, weights);
    } catch (error) {
      throw new FormatError(
        `the file's int8 weights do not match its model: ${(error as RecurraError).message}`,
        { cause: error },
      );
    }
  },
  place: placeMatrices,
};

/** The tensors of a file for int8 weights: the matrix, and its scales. */
export function int8Tensors({ matrices }: Pick<Int8State, 'matrices'>): Record<string, StoredTensor> {
  const tensors: Record<string, StoredTensor> = {};
  for (const [name, { data, shape, scales }] of matrices) {
    tensors[name] = { data, shape };
    tensors[name + suffix] = { data: scales, shape: [scales.length] };
  }
  return tensors;
}
