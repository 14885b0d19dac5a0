/* A forecast is saved as one .safetensors file: the network, and in its metadata how to use it. */
import { decodeSafetensors, encodeSafetensors, FormatError, type Network } from '@recurra/core';
import type { Task } from './task.js';
import { isStep, type Step } from './times.js';

/** The task, and where in a CSV file its series is. */
export interface SavedForecast {
  readonly task: Task;
  readonly column: string;
  readonly timeColumn?: string;
  /** From one row to the next; absent without times, and in files of older versions. */
  readonly step?: Step;
}

const key = 'forecast';

export async function encodeForecast(network: Network, forecast: SavedForecast): Promise<Uint8Array> {
  const { tensors, metadata } = decodeSafetensors(await network.save());
  return encodeSafetensors(tensors, { ...metadata, [key]: JSON.stringify(forecast) });
}

/**
 * What a file says of its forecast; undefined for any other model.
 * @throws FormatError for a damaged file
 */
export function decodeForecast(bytes: Uint8Array): SavedForecast | undefined {
  const text = decodeSafetensors(bytes).metadata[key];
  if (text === undefined) return undefined;
  let saved: unknown;
  try {
    saved = JSON.parse(text);
  } catch {
    saved = undefined;
  }
  if (isSavedForecast(saved)) return saved;
  throw new FormatError(`the metadata's ${key} must be { task, column }, not ${text.slice(0, 80)}`);
}

function isSavedForecast(value: unknown): value is SavedForecast {
  const { task, column, timeColumn, step } = (value ?? {}) as Partial<SavedForecast>;
  const { history, horizon, season, calendar, scale } = (task ?? {}) as Partial<Task>;
  return (
    [history, horizon, season].every((steps) => Number.isSafeInteger(steps) && (steps as number) > 0) &&
    (season as number) <= (history as number) &&
    Number.isFinite(scale) &&
    calendar === (timeColumn !== undefined) &&
    typeof column === 'string' &&
    ['string', 'undefined'].includes(typeof timeColumn) &&
    (step === undefined || isStep(step))
  );
}
