import { DataError, type Network, OptionError } from '@recurra/core';
import type { SavedForecast } from './model-file.js';
import { networkForecasts } from './network.js';
import type { Series } from './series.js';
import { textOfStep, textOfTime, timeAfter } from './times.js';

/** The forecast of the values after the last row of a series. */
export interface NextValues {
  readonly column: string;
  /** The local time of each value: `2017-01-31T18:00`. Absent if the rows have no times. */
  readonly times?: readonly string[];
  /** `horizon` values in the series' unit, to seven digits. */
  readonly forecast: readonly number[];
}

/**
 * Forecasts the values that follow the last row of a series.
 * @param network the network of the model file that `saved` was read from
 * @param path the file that the series was read from, for the errors
 * @throws DataError if its time step differs from that of the training data; OptionError if there are fewer
 *   rows than the history
 */
export async function forecastNext(
  { task, column, step }: SavedForecast,
  network: Network,
  series: Series,
  path: string,
): Promise<NextValues> {
  if (step && series.step && textOfStep(series.step) !== textOfStep(step)) {
    throw new DataError(
      `${path} has a time step of ${textOfStep(series.step)}, but the forecast was trained with a time step of ${textOfStep(step)}`,
    );
  }
  const { length } = series.values;
  if (length < task.history) {
    throw new OptionError(`${path} has ${length} rows, but the forecast needs the last ${task.history}`);
  }
  const [values] = await networkForecasts(network, series, [length], task);
  const times = timesAfter(series, task.horizon);
  return {
    column,
    ...(times && { times }),
    forecast: Array.from(values, (value) => Number(value.toPrecision(7))),
  };
}

function timesAfter({ times, step }: Series, count: number): string[] | undefined {
  const last = times?.at(-1);
  if (!last || !step) return undefined;
  return Array.from({ length: count }, (_, i) => textOfTime(timeAfter(last, step, i + 1)));
}
