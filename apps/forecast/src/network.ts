import {
  adam,
  type Backend,
  dense,
  type FitOptions,
  gru,
  lstm,
  type Network,
  rnn,
  type Sample,
  sequential,
} from '@recurra/core';
import type { Series } from './series.js';
import { forecastOf, inputOf, inputWidth, type Task } from './task.js';

export const cells = { lstm, gru, rnn };

export interface NetworkChoice {
  readonly cell: keyof typeof cells;
  readonly units: number;
  readonly seed: number;
}

/** A recurrent layer, and a dense layer that returns a forecast after each step. */
export function forecastNetwork(backend: Backend, task: Task, { cell, units, seed }: NetworkChoice): Network {
  const layers = [
    cells[cell]({ units, returnSequences: true, dropout: 0.1 }),
    dense({ units: task.horizon }),
  ];
  return sequential(layers, { inputShape: [null, inputWidth(task)] }).on(backend, { seed });
}

/**
 * The options of training, the same on every backend. They were chosen by hand on two periods of eight weeks
 * before the held-out part of the energy data. README.md explains how far that can be trusted.
 */
export function fitOptions(samples: readonly Sample[], epochs: number) {
  const batchSize = 32;
  const steps = epochs * Math.ceil(samples.length / batchSize);
  return {
    loss: 'meanAbsoluteError',
    optimizer: adam({ learningRate: { kind: 'cosine', rate: 0.01, steps } }),
    clip: { globalNorm: 1 },
    epochs,
    batchSize,
  } satisfies FitOptions;
}

/** The forecast of the network from each origin, in the series' unit. */
export async function networkForecasts(
  network: Network,
  series: Series,
  origins: readonly number[],
  task: Task,
): Promise<Float64Array[]> {
  const { horizon, history } = task;
  const forecasts: Float64Array[] = [];
  for (let from = 0; from < origins.length; from += 256) {
    const batch = origins.slice(from, from + 256);
    const { data } = await network.predict(batchOf(batch.map((origin) => inputOf(series, origin, task))));
    for (const [row, origin] of batch.entries()) {
      const last = ((row + 1) * history - 1) * horizon;
      forecasts.push(forecastOf(data.subarray(last, last + horizon), series, origin, task));
    }
  }
  return forecasts;
}

function batchOf(rows: readonly ReturnType<typeof inputOf>[]) {
  const size = rows[0].data.length;
  const data = new Float64Array(rows.length * size);
  for (const [row, x] of rows.entries()) data.set(x.data, row * size);
  return { data, shape: [rows.length, ...rows[0].shape] };
}
