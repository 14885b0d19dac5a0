/* A forecast is saved as one .safetensors file: the network, with the task in the metadata. */
import { FormatError, type Network } from '@recurra/core';
import { decodeSafetensors, encodeSafetensors } from '@recurra/core/files';
import type { Task } from './task.js';
import { isStep, type Step } from './times.js';

/** The task, and the columns of the CSV file that hold the series. */
export interface SavedForecast {
  readonly task: Task;
  readonly column: string;
  readonly timeColumn?: string;
  /** The time from one row to the next. Absent without times, and in files of older versions. */
  readonly step?: Step;
}

const key = 'forecast';

/** A model file (.safetensors) of the network, with the task in its metadata. */
export async function encodeForecast(network: Network, forecast: SavedForecast): Promise<Uint8Array> {
  const { tensors, metadata } = decodeSafetensors(await network.save());
  return encodeSafetensors(tensors, { ...metadata, [key]: JSON.stringify(forecast) });
}

/**
 * Reads the task from a model file; undefined if the model is not a forecast.
 * @throws FormatError if the file is damaged
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
  throw new FormatError(`the metadata entry "${key}" must be { task, column }, not ${text.slice(0, 80)}`);
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
