/*
 * Queries of the page to the network: the error of its copy of the demand, and the effect of a changed day on
 * it.
 */
import type { Network } from '@recurra/core';
import { copyErrors, type Taxis } from './reconstruction.js';
import { DAY, runsOf, thresholdOf, WEEK } from './series.js';

/** By half hour, over the held-out months. */
export interface Watch {
  /** The time of the first half hour in milliseconds since 1970, as if the local time were UTC. */
  readonly start: number;
  readonly demand: Float64Array;
  readonly copy: Float64Array;
  /** The error of the copy in passengers, smoothed. */
  readonly errors: Float64Array;
  /** The error above which there is an alarm, from the training months. */
  readonly threshold: number;
  /** [from, to) of each labelled window. */
  readonly labels: readonly (readonly [from: number, to: number])[];
}

/** A change of the demand on the middle day of a held-out week. */
export interface Change {
  /** From 0. */
  readonly week: number;
  /** Of the true demand. */
  readonly percent: number;
}

export interface Changed {
  /** The index of the first half hour of the arrays below, counted as in {@link Watch}. */
  readonly from: number;
  readonly demand: Float64Array;
  readonly copy: Float64Array;
  readonly errors: Float64Array;
}

/** The distance between the starts of the windows that the network copies, in half hours. */
const STRIDE = 6;

export async function picture(network: Network, { demand, scaler }: Taxis): Promise<Watch> {
  const { times, values, labelled, end } = demand;
  const { copy, errors } = await copyErrors(network, values, scaler, STRIDE);
  return {
    start: Date.parse(`${times[end].replace(' ', 'T')}Z`),
    demand: Float64Array.from(values.slice(end)),
    copy: copy.slice(end),
    errors: errors.slice(end),
    threshold: thresholdOf(errors, demand),
    labels: runsOf(labelled.slice(end)),
  };
}

export async function answer(
  network: Network,
  { demand: { values, end }, scaler }: Taxis,
  { week, percent }: Change,
): Promise<Changed> {
  const first = end + week * WEEK;
  // Whole windows around the week, with the range of the averages; they are aligned with the windows of the
  // picture.
  const from = Math.floor((first - 2 * DAY) / STRIDE) * STRIDE;
  const day = first + 3 * DAY;
  const changed = values
    .slice(from, first + WEEK + 2 * DAY)
    .map((value, i) => (from + i >= day && from + i < day + DAY ? (value * percent) / 100 : value));
  const { copy, errors } = await copyErrors(network, changed, scaler, STRIDE);
  const [begin, stop] = [first - from, first - from + WEEK];
  return {
    from: first - end,
    demand: Float64Array.from(changed.slice(begin, stop)),
    copy: copy.slice(begin, stop),
    errors: errors.slice(begin, stop),
  };
}
