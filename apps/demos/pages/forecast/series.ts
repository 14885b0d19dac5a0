/* The series: its columns, and the error of a forecast. */
import type { ArrayInput, Scaler, WindowSample } from '@recurra/core';

/** Held-out hours at the end: 60 days. */
export const TEST_HOURS = 1440;

/** The result of the task's `prepare`. */
export interface Forecasting {
  readonly training: readonly WindowSample[];
  readonly test: readonly WindowSample[];
  /** [hour][column], as it was measured; column 0 is the count. */
  readonly raw: readonly (readonly number[])[];
  readonly scaler: Scaler;
  /** The number of hours that are forecast at once. */
  readonly horizon: number;
  /** ISO, by hour. */
  readonly times: readonly string[];
}

/** The columns after those of the calendar: see {@link columnsOf}. */
export const WEATHER = { temperature: 7, humidity: 8, wind: 9, rain: 10 } as const;
export const CALENDAR = { holiday: 1, workingDay: 2 } as const;

/** datetime, season, holiday, weekday, workingday, weather, temp, feels_like, humidity, windspeed, casual, registered, count */
export function columnsOf(row: readonly string[], inputs: string): number[] {
  const [, , holiday, weekday, workingDay, weather, temperature, , humidity, wind, , , count] =
    row.map(Number);
  const hour = Number(row[0].slice(11, 13));
  const [day, week] = [(2 * Math.PI * hour) / 24, (2 * Math.PI * weekday) / 7];
  const calendar = [holiday, workingDay, Math.sin(day), Math.cos(day), Math.sin(week), Math.cos(week)];
  return [
    count,
    ...(inputs === 'nothing' ? [] : calendar),
    ...(inputs === 'calendar and weather' ? [temperature, humidity, wind, Number(weather > 2)] : []),
  ];
}

/** The network's forecast in rentals, [windows · horizon]; negative numbers are set to 0. */
export function unscaled({ scaler }: Forecasting, output: ArrayInput): Float64Array {
  const [mean, deviation] = [scaler.mean[0], scaler.deviation[0]];
  return Float64Array.from((output as number[][]).flat(), (value) => Math.max(0, value * deviation + mean));
}

/** The mean absolute error of a forecast, [windows · horizon], in rentals. */
export function meanError(data: Forecasting, forecast: Float64Array): number {
  const { raw, horizon } = data;
  const first = raw.length - TEST_HOURS;
  const sum = forecast.reduce((sum, value, at) => {
    const hour = first + Math.floor(at / horizon) + (at % horizon);
    return sum + Math.abs(value - raw[hour][0]);
  }, 0);
  return sum / forecast.length;
}
