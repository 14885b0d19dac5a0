/*
 * Queries of the page to the network: its forecasts of held-out throws, and of the reader's throw, frame by
 * frame.
 */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import type task from './task.js';
import { forecastsOf, positionsOf, sampleOf, straightOn } from './throws.js';
import { flight, middleOf, type Position, SEEN, SIZE, type Throw } from './world.js';

/** A held-out throw: the positions that were seen, the true ones after them, and the forecasts. */
export interface Forecast {
  readonly seen: readonly Position[];
  readonly truth: readonly Position[];
  readonly network: readonly Position[];
  readonly line: readonly Position[];
}

/** A flight, with forecasts after each frame from frame `SEEN` on. */
export interface Flight {
  readonly path: readonly Position[];
  readonly network: readonly (readonly Position[])[];
  readonly line: readonly (readonly Position[])[];
}

export interface Question {
  readonly thrown: Throw;
  /** Frames of the flight. */
  readonly frames: number;
}

const SHOWN = 12;

export async function picture(network: Network, { test }: DataOf<typeof task>): Promise<readonly Forecast[]> {
  const shown = test.slice(0, SHOWN);
  const forecasts = await forecastsOf(network, shown);
  return shown.map((sample, i) => ({
    seen: Array.from({ length: SEEN }, (_, frame) =>
      middleOf(sample.x.data.subarray(frame * SIZE * SIZE, (frame + 1) * SIZE * SIZE)),
    ),
    truth: positionsOf(sample.y),
    network: forecasts[i],
    line: straightOn(sample),
  }));
}

export async function answer(
  network: Network,
  { ahead }: DataOf<typeof task>,
  { thrown, frames }: Question,
): Promise<Flight> {
  const path = flight(thrown, frames + ahead);
  const samples = Array.from({ length: frames - SEEN + 1 }, (_, first) =>
    sampleOf(path.slice(first, first + SEEN + ahead), ahead),
  );
  return {
    path: path.slice(0, frames),
    network: await forecastsOf(network, samples),
    line: samples.map((sample) => straightOn(sample)),
  };
}
