/* The network's copy of the series, and its error. */
import { type Network, Scaler } from '@recurra/core';
import { DAY, type Demand, smoothed } from './series.js';

/** The result of the task's `prepare`. */
export interface Taxis {
  readonly training: readonly { readonly x: readonly number[][]; readonly y: readonly number[][] }[];
  readonly demand: Demand;
  readonly scaler: Scaler;
}

/** The training data: windows of a day, each its own target, from before the first labelled row. */
export function prepared(demand: Demand): Taxis {
  const known = demand.values.slice(0, demand.end);
  const scaler = Scaler.fit(known.map((value) => [value]));
  const training = windowsOf(known, scaler, 1).map((x) => ({ x, y: x }));
  return { training, demand, scaler };
}

/** The windows of a day that begin at every `stride`th value, and the last one: [windows][DAY][1], scaled. */
export function windowsOf(values: readonly number[], scaler: Scaler, stride: number): number[][][] {
  const scaled = scaler.transform(values.map((value) => [value])) as number[][];
  return startsOf(values.length, stride).map((start) => scaled.slice(start, start + DAY));
}

/**
 * The network's copy of each value and its absolute error, in passengers. Both are means over all windows with the value in them;
 * a window begins at every `stride`th value. The error is smoothed over two days.
 */
export async function copyErrors(
  network: Network,
  values: readonly number[],
  scaler: Scaler,
  stride: number,
): Promise<{ copy: Float64Array; errors: Float64Array }> {
  const starts = startsOf(values.length, stride);
  const copies = (await network.predict(windowsOf(values, scaler, stride))) as number[][][];
  const [sums, counts, off] = Array.from({ length: 3 }, () => new Float64Array(values.length));
  for (const [i, start] of starts.entries()) {
    for (const [j, [scaled]] of copies[i].entries()) {
      const value = scaled * scaler.deviation[0] + scaler.mean[0];
      sums[start + j] += value;
      off[start + j] += Math.abs(value - values[start + j]);
      counts[start + j]++;
    }
  }
  return {
    copy: sums.map((sum, i) => sum / counts[i]),
    errors: smoothed(off.map((sum, i) => sum / counts[i])),
  };
}

function startsOf(length: number, stride: number): number[] {
  const last = length - DAY;
  const starts = Array.from({ length: Math.floor(last / stride) + 1 }, (_, i) => i * stride);
  return starts[starts.length - 1] === last ? starts : [...starts, last];
}
