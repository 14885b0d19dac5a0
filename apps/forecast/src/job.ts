import {
  type Backend,
  loadNetwork,
  type Network,
  OptionError,
  type TrainingRun,
  UnsupportedError,
} from '@recurra/core';
import { type Forecast, linearAutoregression, naiveLags, repeatLast } from './baselines.js';
import { largest } from './extremes.js';
import { fitOptions, forecastNetwork, type NetworkChoice, networkForecasts } from './network.js';
import type { SystemScore } from './report.js';
import { type Score, score } from './score.js';
import type { Series } from './series.js';
import { inputOf, originsBetween, type Task, taskOf, trainingSamples } from './task.js';

/** The data, the shape of the forecast, and the network. */
export interface JobOptions extends NetworkChoice, Pick<Task, 'history' | 'horizon' | 'season'> {
  readonly series: Series;
  /** The number of steps at the end that are kept for the test: nothing is trained or tuned on them. */
  readonly heldOut: number;
  readonly epochs: number;
}

/** How to stop, resume and save a training. */
export interface TrainControls {
  readonly signal: AbortSignal;
  /** A checkpoint to continue from. Default: start from the initial weights. */
  readonly resume?: Uint8Array;
  /** Called with a checkpoint after each epoch, and when training is aborted. */
  save(bytes: Uint8Array): Promise<void>;
}

/** Trains a forecast, scores it on the held-out steps, and compares it with the same network run as a stream. */
export class ForecastJob {
  readonly options: JobOptions;
  readonly task: Task;
  readonly network: Network;
  /** The first step of the held-out part. */
  readonly end: number;
  /** The steps of the held-out part at which a full forecast can start. */
  readonly origins: readonly number[];

  constructor(options: JobOptions, backend: Backend) {
    const { series, heldOut, horizon } = options;
    if (heldOut < horizon)
      throw new OptionError(`the held-out part has ${heldOut} steps, fewer than the horizon of ${horizon}`);
    this.options = options;
    this.end = series.values.length - heldOut;
    this.task = taskOf(series, options, this.end);
    this.origins = originsBetween(this.end, series.values.length, this.task);
    this.network = forecastNetwork(backend, this.task, options);
  }

  /** Number of weights. */
  get size(): number {
    return [...this.network.parameters.values()].reduce(
      (sum, { shape }) => sum + shape.reduce((product, axis) => product * axis, 1),
      0,
    );
  }

  train({ signal, resume, save }: TrainControls): TrainingRun {
    const { series, epochs } = this.options;
    const samples = trainingSamples(series, this.task, this.end);
    return this.network.fit(samples, {
      ...fitOptions(samples, epochs),
      signal,
      resume,
      checkpoint: { save },
    });
  }

  /** The network's forecasts from the given origins, in the series' unit. */
  forecasts(origins: readonly number[]): Promise<Float64Array[]> {
    return networkForecasts(this.network, this.options.series, origins, this.task);
  }

  /** The errors of the network on the held-out part. */
  async networkScore(): Promise<Score> {
    return score(this.options.series.values, this.origins, await this.forecasts(this.origins));
  }

  /** The errors of the baselines on the same forecasts: a linear autoregression and the naive forecasts. */
  baselineScores(): SystemScore[] {
    const { series, season } = this.options;
    const baselines: [string, Forecast][] = [
      ['linear autoregression', linearAutoregression(series, this.task, this.end)],
      ...Object.entries(naiveLags(series, season, this.end)).map(([name, lag]): [string, Forecast] => [
        name,
        repeatLast(series, lag, this.task),
      ]),
    ];
    return baselines.map(([name, forecast]) => ({
      name,
      ...score(series.values, this.origins, this.origins.map(forecast)),
    }));
  }

  /**
   * Loads a saved network and runs it step by step on the last window of the series.
   * @returns the largest difference from `predict` on the whole window, as a share of the largest output
   */
  async streamDifference(saved: Uint8Array): Promise<number> {
    const { series } = this.options;
    const { history, horizon } = this.task;
    const { data, shape } = inputOf(series, series.values.length, this.task);
    const whole = (await this.network.predict({ data, shape: [1, ...shape] })).data;
    const again = await loadNetwork(saved, this.network.backend);
    const stream = again.stream();
    let difference = 0;
    try {
      for (let t = 0; t < history; t++) {
        const output = await stream.push(data.subarray(t * shape[1], (t + 1) * shape[1]));
        if (output.length !== horizon)
          throw new UnsupportedError(`the stream gave ${output.length} numbers, not ${horizon}`);
        for (let k = 0; k < horizon; k++)
          difference = Math.max(difference, Math.abs(output[k] - whole[t * horizon + k]));
      }
    } finally {
      stream.close();
      again.dispose();
    }
    // If all outputs are zero, this avoids 0 / 0.
    return difference / (largest(whole.map(Math.abs)) || 1);
  }
}
