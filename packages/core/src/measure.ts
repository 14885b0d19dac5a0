/*
 * Measures backends, for programs that compare them. To choose a backend, applications use `pick` from `@recurra/core`.
 */

export {
  type MeasureOptions,
  type MeasureProgress,
  measureBackends,
} from './choosing/measure.js';
export type { MeasuredBackend, Measurement } from './choosing/measured.js';
