/** The errors of a forecast, in the series' unit. */
export interface Score {
  /** Mean absolute error. */
  readonly mae: number;
  /** Root of the mean squared error. */
  readonly rmse: number;
}

/** The errors over every step of every forecast; forecast i starts at origin i. */
export function score(
  values: Float64Array,
  origins: readonly number[],
  forecasts: readonly Float64Array[],
): Score {
  let absolute = 0;
  let squared = 0;
  let count = 0;
  for (const [i, forecast] of forecasts.entries()) {
    for (const [ahead, value] of forecast.entries()) {
      const error = value - values[origins[i] + ahead];
      absolute += Math.abs(error);
      squared += error ** 2;
      count++;
    }
  }
  return { mae: absolute / count, rmse: Math.sqrt(squared / count) };
}
