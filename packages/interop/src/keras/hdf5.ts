import { FormatError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { type Dataset, File } from 'jsfive';

/** The element types of weights. */
const itemBytes: Readonly<Record<string, number>> = { '<f2': 2, '<f4': 4, '<f8': 8 };

/**
 * Reads the data sets of an HDF5 file, with the features that Keras uses: groups and contiguous arrays. In total, the data
 * that is read cannot be larger than the file, and the number of reads is limited.
 */
export class HdfFile {
  readonly #file: File;
  readonly #bytes: number;
  #left: number;

  /** @throws FormatError for bytes that are not an HDF5 file */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.length;
    this.#left = bytes.length;
    this.#file = this.#try('', () => new File(new CountedBuffer(bytes)));
  }

  /**
   * The elements of a data set.
   * @param check is called with the shape before anything is read
   * @throws FormatError for a data set that is missing or damaged
   */
  read(path: string, check: (shape: readonly number[]) => void): Float32Array {
    const { dataset, shape, type } = this.#try(path, () => {
      const dataset = this.#file.get(path) as Dataset;
      return { dataset, shape: dataset.shape, type: dataset.dtype };
    });
    if (!Array.isArray(shape)) throw new FormatError(`${path} in the HDF5 file is not a data set`);
    check(shape);
    const size = typeof type === 'string' && Object.hasOwn(itemBytes, type) ? itemBytes[type] : undefined;
    if (size === undefined) {
      throw new FormatError(
        `${path} in the HDF5 file has the unsupported type ${String(type)}; supported: ${Object.keys(itemBytes).join(', ')}`,
      );
    }
    this.#left -= size * sizeOf(shape);
    if (!(this.#left >= 0)) {
      throw new FormatError(
        `${path}: the data sets up to this one are larger than the file of ${this.#bytes} bytes`,
      );
    }
    const values = this.#try(path, () => {
      if (dataset._dataobjects.chunks) throw new Error('chunked data sets are not supported');
      return dataset.value;
    });
    return Float32Array.from(values);
  }

  /** jsfive throws strings, and errors of any kind for damaged files. */
  #try<T>(path: string, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new FormatError(`the HDF5 file${path && `, at ${path}`}: ${problem}`, { cause });
    }
  }
}

/**
 * A buffer that limits the number of slices. jsfive slices the header of every part of a file, so the limit ends the
 * endless loops that a file with cyclic references causes.
 */
class CountedBuffer extends ArrayBuffer {
  #left: number;

  constructor(bytes: Uint8Array) {
    super(bytes.length);
    new Uint8Array(this).set(bytes);
    this.#left = 1000 + bytes.length / 16;
  }

  static override get [Symbol.species]() {
    return ArrayBuffer;
  }

  override slice(begin = 0, end?: number): ArrayBuffer {
    this.#left -= 1;
    if (this.#left < 0) throw new FormatError('the file contains a cyclic reference');
    return super.slice(begin, end);
  }
}
