import type { Backend } from '../contract/backend.js';
import { DeviceError } from '../errors.js';
import type { BackendMaker } from './candidate.js';
import { type MeasureOptions, measureAndKeep } from './measure.js';
import type { MeasuredBackend } from './measured.js';

/** The chosen backend, and the reason. */
export interface Picked {
  /** The fastest backend that is available and correct. The caller must dispose it. */
  readonly backend: Backend;
  /** The reason for the choice as a sentence: `cpu: 2.1 ms a training step, webgpu 4 ms; left out: gpujs`. */
  readonly reason: string;
  /** One entry for each maker, in the same order. */
  readonly measured: readonly MeasuredBackend[];
}

/**
 * Chooses the fastest backend on this machine for a layer of the application's size. It measures each backend for about
 * a second, and disposes of those that are not chosen. List the most trusted backend first: if two backends disagree
 * and there is no third, its outputs count as correct.
 *
 * ```ts
 * const { backend, reason } = await pick([cpu, webgpu], { units: 256, batch: 32, steps: 64, train: true });
 * ```
 *
 * @param makers `[cpu, webgpu, gpujs]`, or functions that call them with options
 * @throws OptionError for invalid options, or makers that are not functions; DeviceError if no backend is available and
 *   correct, with the reason for each backend, and the full errors in its `cause`, an AggregateError; the signal's
 *   reason when aborted
 */
export async function pick(makers: readonly BackendMaker[], options: MeasureOptions): Promise<Picked> {
  const { backend, reason, measured } = await measureAndKeep('pick', makers, options);
  if (backend) return { backend, reason, measured };
  throw new DeviceError(`pick: no backend can be used here. ${reason}`, {
    cause: new AggregateError(measured.map(({ error }) => error)),
  });
}
