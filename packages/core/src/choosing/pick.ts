import type { Backend } from '../contract/backend.js';
import { DeviceError } from '../errors.js';
import type { BackendMaker } from './candidate.js';
import { type MeasureOptions, measureAndKeep } from './measure.js';
import type { MeasuredBackend } from './measured.js';

/** A backend, and why it was chosen. */
export interface Picked {
  /** The fastest that is here and right. It is the caller's, to be disposed of. */
  readonly backend: Backend;
  /** A sentence: `cpu: 2.1 ms a training step, webgpu 4 ms; left out: gpujs`. */
  readonly reason: string;
  /** One for each maker, in their order. */
  readonly measured: readonly MeasuredBackend[];
}

/**
 * Chooses the backend that is fastest here on a layer of the application's shape, by measuring it on each of them for about
 * a second. Those that are not chosen are disposed of. Name first the backend whose outputs count as right where two disagree and
 * there is no third.
 *
 * ```ts
 * const { backend, reason } = await pick([cpu, webgpu], { units: 256, batch: 32, steps: 64, train: true });
 * ```
 *
 * @param makers `[cpu, webgpu, gpujs]`, or functions that call them with options
 * @throws OptionError for options that cannot be, or makers that are no functions; DeviceError where none of the backends runs
 * here and is right, with the reason of each, which its `cause`, an AggregateError, has in full; the signal's reason when aborted
 */
export async function pick(makers: readonly BackendMaker[], options: MeasureOptions): Promise<Picked> {
  const { backend, reason, measured } = await measureAndKeep('pick', makers, options);
  if (backend) return { backend, reason, measured };
  throw new DeviceError(`pick: no backend can be used here. ${reason}`, {
    cause: new AggregateError(measured.map(({ error }) => error)),
  });
}
