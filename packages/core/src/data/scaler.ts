import { DataError } from '../errors.js';
import { checkOptions, custom } from '../options.js';
import {
  type ArrayInput,
  isNDArray,
  type NDArray,
  type NestedArray,
  toNDArray,
  toNested,
} from './ndarray.js';

/** `NDArray` where one was given, else nested arrays. */
type Scaled<Given> = Given extends NDArray ? NDArray : NestedArray;

const numbers = custom<readonly number[]>(
  'a list of numbers',
  (x) => Array.isArray(x) && x.every(Number.isFinite),
);

/**
 * Standardises the columns of a series to mean 0 and standard deviation 1, and takes it back. Without this a column of
 * large numbers drowns the others and saturates the gates, and forecasts come out flat. It is JSON as it stands:
 * `new Scaler(JSON.parse(text))`.
 */
export class Scaler {
  /** Of each column. */
  readonly mean: readonly number[];
  /** Of each column; 1 for one that never changes by more than rounding. */
  readonly deviation: readonly number[];

  /** @throws OptionError unless both are lists of numbers */
  constructor(given: { readonly mean: readonly number[]; readonly deviation: readonly number[] }) {
    const { mean, deviation } = checkOptions('Scaler', given, { mean: numbers, deviation: numbers });
    this.mean = [...mean];
    this.deviation = [...deviation];
  }

  /**
   * Learns from a series: from the part that is trained on only, so that nothing of the test leaks in.
   *
   * @param series [time][features], or [time] as one column
   * @throws DataError for no steps, or something else than finite numbers
   */
  static fit(series: ArrayInput): Scaler {
    const { data, shape } = toNDArray(series, 'series', ['step', 'column']);
    const columns = shape[1] ?? 1;
    const time = data.length / columns;
    if (!(time > 0)) throw new DataError(`Scaler: nothing to learn from in a series of shape [${shape}]`);
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

  /** A scaler of some columns: for forecasts that have only these. */
  columns(...columns: number[]): Scaler {
    const pick = (from: readonly number[]) =>
      columns.map((column) => {
        if (from[column] !== undefined) return from[column];
        throw new DataError(`Scaler: there is no column ${column}; there are ${from.length}`);
      });
    return new Scaler({ mean: pick(this.mean), deviation: pick(this.deviation) });
  }

  /** (x − mean) / deviation; the last dimension has the columns, unless there is only one. */
  transform<Given extends ArrayInput>(series: Given): Scaled<Given> {
    return this.#map(series, (x, column) => (x - this.mean[column]) / this.deviation[column]);
  }

  /** x · deviation + mean: takes {@link transform} back. */
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
      throw new DataError(`Scaler: learnt ${columns} columns, and a series of shape [${shape}] was given`);
    }
    const result = { data: data.map((x, at) => change(x, at % columns)), shape };
    return (isNDArray(series) ? result : toNested(result)) as Scaled<Given>;
  }
}
