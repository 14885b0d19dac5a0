/*
 * Queries of the page to the network: its forecasts, and the forecasts for other weather or another calendar.
 */
import type { Network } from '@recurra/core';
import { linearForecast, persistence } from './baselines.js';
import { CALENDAR, type Forecasting, TEST_HOURS, unscaled, WEATHER } from './series.js';

/** By hour, each forecast `horizon` hours ahead. */
export interface Forecasts {
  /** Seconds since 1970, as if the local time were UTC. */
  readonly times: Float64Array;
  readonly truth: Float64Array;
  readonly network: Float64Array;
  readonly linear: Float64Array;
  readonly persistence: Float64Array;
  /** °C; empty if the network does not read the weather. */
  readonly temperature: Float64Array;
  readonly rain: Float64Array;
}

/** Changes to the hours that the network sees; the counts stay the same. */
export interface WhatIf {
  /** The first forecast hour, and the number of hours. */
  readonly from: number;
  readonly count: number;
  /** °C above the true temperature. */
  readonly warmer: number;
  readonly rain: 'as it was' | 'none' | 'all day';
  readonly day: 'as it was' | 'working day' | 'holiday';
}

/** The scale of the column `temp`: °C at 1, by the authors of the data. */
const DEGREES = 41;

export async function picture(network: Network, data: Forecasting): Promise<Forecasts> {
  const { horizon, raw, times, test } = data;
  const first = raw.length - TEST_HOURS + horizon - 1;
  const column = (index: number) => Float64Array.from(raw.slice(first), (row) => row[index]);
  const output = unscaled(data, await network.predict(test.map(({ x }) => x)));
  const weather = raw[0].length > WEATHER.rain;
  return {
    times: Float64Array.from(times.slice(first), (time) => Date.parse(`${time}Z`) / 1000),
    truth: column(0),
    network: lastAhead(output, horizon),
    linear: lastAhead(linearForecast(data), horizon),
    persistence: lastAhead(persistence(data), horizon),
    temperature: weather ? column(WEATHER.temperature).map((t) => t * DEGREES) : new Float64Array(),
    rain: weather ? column(WEATHER.rain) : new Float64Array(),
  };
}

/** The network's forecasts if the hours before had been changed like this. */
export async function answer(network: Network, data: Forecasting, question: WhatIf): Promise<Float64Array> {
  const { test, scaler, horizon } = data;
  const change = changeOf(question, scaler.mean.length);
  const rows = test.slice(question.from, question.from + question.count).map(({ x }) => {
    const values = scaler.inverse(x).data.slice();
    const columns = x.shape[1];
    for (let at = 0; at < values.length; at += columns) change(values.subarray(at, at + columns));
    return scaler.transform({ data: values, shape: x.shape });
  });
  return lastAhead(unscaled(data, await network.predict(rows)), horizon);
}

function changeOf(
  { warmer, rain, day }: WhatIf,
  columns: number,
): (hour: Float32Array | Float64Array) => void {
  return (hour) => {
    if (columns > WEATHER.rain) {
      hour[WEATHER.temperature] = Math.min(1, Math.max(0, hour[WEATHER.temperature] + warmer / DEGREES));
      if (rain !== 'as it was') hour[WEATHER.rain] = Number(rain === 'all day');
    }
    if (columns > CALENDAR.workingDay && day !== 'as it was') {
      hour[CALENDAR.holiday] = Number(day === 'holiday');
      hour[CALENDAR.workingDay] = Number(day === 'working day');
    }
  };
}

function lastAhead(forecast: Float64Array, horizon: number): Float64Array {
  return forecast.filter((_, at) => at % horizon === horizon - 1);
}
