/* Simple forecasts of the held-out hours: [windows · horizon], in rentals. */
import { ridge } from './ridge.js';
import type { Forecasting } from './series.js';
import { TEST_HOURS } from './series.js';

const linear = new WeakMap<Forecasting, Float64Array>();

/**
 * Each hour ahead is a weighted sum of all counts that the network sees, of the last hour's other columns, and of 1; the
 * weights are fitted by least squares to the training windows.
 */
export function linearForecast(data: Forecasting): Float64Array {
  const known = linear.get(data);
  if (known) return known;
  const { training, test, scaler } = data;
  const weights = ridge(
    training.map(({ x, y }) => ({ x: regressors(x.data, scaler.mean.length), y: y.data })),
    1,
  );
  const forecast = test.flatMap(({ x }) => {
    const row = regressors(x.data, scaler.mean.length);
    return Array.from(weights[0], (_, ahead) => {
      const sum = row.reduce((sum, value, i) => sum + value * weights[i][ahead], 0);
      return Math.max(0, sum * scaler.deviation[0] + scaler.mean[0]);
    });
  });
  const result = Float64Array.from(forecast);
  linear.set(data, result);
  return result;
}

/** The count of the last hour, for every hour ahead. */
export function persistence({ raw, horizon, test }: Forecasting): Float64Array {
  const first = raw.length - TEST_HOURS;
  return Float64Array.from(test.flatMap((_, i) => new Array<number>(horizon).fill(raw[first + i - 1][0])));
}

/** The count of 24 hours before. */
export function dayBefore({ raw, horizon, test }: Forecasting): Float64Array {
  const first = raw.length - TEST_HOURS - 24;
  const day = (i: number) => Array.from({ length: horizon }, (_, ahead) => raw[first + i + ahead][0]);
  return Float64Array.from(test.flatMap((_, i) => day(i)));
}

function regressors(x: ArrayLike<number>, columns: number): number[] {
  const counts = Array.from({ length: x.length / columns }, (_, hour) => x[hour * columns]);
  const last = Array.from({ length: columns - 1 }, (_, i) => x[x.length - columns + 1 + i]);
  return [...counts, ...last, 1];
}
