import type { LayerKernel } from '../network/forward.js';

/** The results of one backend. */
export interface MeasuredBackend {
  /** The backend's name. If it could not be created: the name of its maker or, for example, `backend 2`. */
  readonly name: string;
  readonly device?: string;
  /** True if the GPU is emulated in software. */
  readonly software?: boolean;
  /**
   * The kernels of the layer, fused or composed, as in `network.explain()`; empty if the backend could not be created.
   */
  readonly kernels: readonly LayerKernel[];
  /** The median time of a repetition, in milliseconds; absent if there is an `error`. */
  readonly medianMs?: number;
  /** The interquartile range of the times, relative to the median. */
  readonly spread?: number;
  readonly repetitions?: number;
  /** The reason why the backend is unavailable, failed, or computes different results than the others. */
  readonly error?: Error;
}

export interface Measurement {
  /** One entry for each maker, in the same order. */
  readonly measured: readonly MeasuredBackend[];
  /** The fastest backend that is available and correct; undefined if there is none. */
  readonly best?: MeasuredBackend;
  /** The reason for the choice as a sentence: `cpu: 2.1 ms a training step, webgpu 4 ms; left out: gpujs`. */
  readonly reason: string;
}
