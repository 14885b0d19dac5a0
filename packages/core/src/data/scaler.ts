import { DataError, OptionError } from '../errors.js';
import { checkOptions, custom, show } from '../options.js';
import {
  type ArrayInput,
  isNDArray,
  type NDArray,
  type NDArrayInput,
  type NestedNumbers,
  toNDArray,
  toNested,
} from './ndarray.js';

/** `NDArray` if the input is one, otherwise nested arrays. */
type Scaled<Given> = Given extends NDArrayInput ? NDArray : NestedNumbers;

/**
 * Standardises the columns of a series to mean 0 and standard deviation 1, and reverses this. Without scaling, a column
 * of large numbers dominates the others and saturates the gates, and forecasts are flat. A scaler can be stored as JSON
 * and restored with `new Scaler(JSON.parse(text))`.
 */
export class Scaler {
  /** The mean of each column. */
  readonly mean: readonly number[];
  /** The standard deviation of each column; 1 for a column that is constant up to rounding. */
  readonly deviation: readonly number[];

  /** @throws OptionError unless both are lists of finite numbers with equal lengths, and no deviation is 0 */
  constructor(columns: { readonly mean: readonly number[]; readonly deviation: readonly number[] }) {
    const numbers = (accepts: (x: number) => boolean) => (list: unknown) =>
      Array.isArray(list) && list.length > 0 && [...list].every((x) => Number.isFinite(x) && accepts(x));
    const { mean, deviation } = checkOptions('Scaler', columns, {
      mean: custom<readonly number[]>(
        'a list of finite numbers',
        numbers(() => true),
      ),
      deviation: custom<readonly number[]>(
        'a list of finite numbers that are not 0',
        numbers((x) => x !== 0),
      ),
    });
    if (mean.length !== deviation.length)
      throw new OptionError(`Scaler: ${mean.length} means do not match ${deviation.length} deviations`);
    this.mean = [...mean];
    this.deviation = [...deviation];
  }

  /**
   * Computes the mean and deviation of each column of a series. Use only the training data, so the test data cannot
   * leak in.
   *
   * @param series [time][features], or [time] as one column
   * @throws DataError for an empty series, or values that are not finite numbers
   */
  static fit(series: ArrayInput): Scaler {
    const { data, shape } = toNDArray(series, 'series', ['step', 'column']);
    const columns = shape[1] ?? 1;
    const time = data.length / columns;
    if (!(time > 0)) throw new DataError(`Scaler: cannot fit an empty series of shape ${show(shape)}`);
    const mean = new Array<number>(columns).fill(0);
    const variance = new Array<number>(columns).fill(0);
    data.forEach((x, at) => {
      mean[at % columns] += x / time;
    });
    data.forEach((x, at) => {
      variance[at % columns] += (x - mean[at % columns]) ** 2 / time;
    });
    const deviation = variance.map(Math.sqrt).map((d, column) => (d > 1e-9 * Math.abs(mean[column]) ? d : 1));
    return new Scaler({ mean, deviation });
  }

  /** Creates a scaler for some of the columns, such as the columns of a forecast. */
  columns(...columns: number[]): Scaler {
    const pick = (from: readonly number[]) =>
      columns.map((column) => {
        if (typeof column === 'number' && from[column] !== undefined) return from[column];
        throw new DataError(`Scaler: there is no column ${show(column)}; there are ${from.length}`);
      });
    return new Scaler({ mean: pick(this.mean), deviation: pick(this.deviation) });
  }

  /** Computes (x − mean) / deviation. The last dimension must be the columns, unless there is only one column. */
  transform<Given extends ArrayInput>(series: Given): Scaled<Given> {
    return this.#map(series, (x, column) => (x - this.mean[column]) / this.deviation[column]);
  }

  /** Computes x · deviation + mean, the inverse of {@link transform}. */
  inverse<Given extends ArrayInput>(series: Given): Scaled<Given> {
    return this.#map(series, (x, column) => x * this.deviation[column] + this.mean[column]);
  }

  #map<Given extends ArrayInput>(
    series: Given,
    change: (x: number, column: number) => number,
  ): Scaled<Given> {
    const { data, shape } = toNDArray(series, 'series', ['step', 'column']);
    const columns = this.mean.length;
    if (columns > 1 && shape.at(-1) !== columns) {
      throw new DataError(`Scaler: expected ${columns} columns, not a series of shape ${show(shape)}`);
    }
    const result = { data: data.map((x, at) => change(x, at % columns)), shape };
    return (isNDArray(series) ? result : toNested(result)) as Scaled<Given>;
  }
}
