import { FormatError } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import { type Dataset, File } from 'jsfive';

/** The types of numbers that weights are kept in. */
const itemBytes: Readonly<Record<string, number>> = { '<f2': 2, '<f4': 4, '<f8': 8 };

/**
 * Data sets of an HDF5 file, with what a file of Keras has: groups, and numbers that stand together. In all, no more
 * numbers are read than the file can hold, and no more pieces than there are in a file whose parts do not overlap.
 */
export class HdfFile {
  readonly #file: File;
  readonly #bytes: number;
  #left: number;

  /** @throws FormatError for what is no HDF5 file */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.length;
    this.#left = bytes.length;
    this.#file = this.#try('', () => new File(new CountedBuffer(bytes)));
  }

  /**
   * The numbers at a path.
   * @param check is given the shape, before anything is read
   * @throws FormatError where there is no such data set, or it is damaged
   */
  read(path: string, check: (shape: readonly number[]) => void): Float32Array {
    const { dataset, shape, type } = this.#try(path, () => {
      const dataset = this.#file.get(path) as Dataset;
      return { dataset, shape: dataset.shape, type: dataset.dtype };
    });
    if (!Array.isArray(shape)) throw new FormatError(`${path} in the HDF5 file is no data set`);
    check(shape);
    const size = typeof type === 'string' && Object.hasOwn(itemBytes, type) ? itemBytes[type] : undefined;
    if (size === undefined) {
      throw new FormatError(
        `${path} in the HDF5 file is of type ${String(type)}; those that are read: ${Object.keys(itemBytes).join(', ')}`,
      );
    }
    this.#left -= size * sizeOf(shape);
    if (!(this.#left >= 0)) {
      throw new FormatError(
        `${path}: the data sets read so far would fill more than the file's ${this.#bytes} bytes`,
      );
    }
    const values = this.#try(path, () => {
      if (dataset._dataobjects.chunks) throw new Error('it is in chunks, and those of Keras are not');
      return dataset.value;
    });
    return Float32Array.from(values);
  }

  /** jsfive throws strings, and whatever comes of reading what is not there. */
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
 * Every part of an HDF5 file has a signature or header, which jsfive cuts out. To count the cuts ends the loops in which
 * a hostile file can lead its reader.
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
    if (this.#left < 0) throw new FormatError('its parts lead round in circles');
    return super.slice(begin, end);
  }
}
