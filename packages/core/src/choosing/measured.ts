import type { LayerKernel } from '../network/forward.js';

/** What is known of one backend. */
export interface MeasuredBackend {
  /** The backend's name; its maker's, or `backend 2`, where it could not be made. */
  readonly name: string;
  readonly device?: string;
  /** Whether the CPU does the work of a GPU. */
  readonly software?: boolean;
  /** Which kernels of the layer are fused, as `network.explain()` has it; empty where it could not be made. */
  readonly kernels: readonly LayerKernel[];
  /** Median time of a repetition, in milliseconds; absent where there is an `error`. */
  readonly medianMs?: number;
  /** Half of the times lie within this range around the median, as a share of it. */
  readonly spread?: number;
  readonly repetitions?: number;
  /** Why it is not here, failed, or computes something else than the others. */
  readonly error?: Error;
}

export interface Measurement {
  /** One for each maker, in their order. */
  readonly measured: readonly MeasuredBackend[];
  /** The fastest of those that are here and right; undefined where there is none. */
  readonly best?: MeasuredBackend;
  /** A sentence: `cpu: 2.1 ms a training step, webgpu 4 ms; left out: gpujs`. */
  readonly reason: string;
}
