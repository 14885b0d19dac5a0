/* Measuring backends, for programs that compare them. Applications choose one with `pick` of `@recurra/core`. */

export {
  type MeasureOptions,
  type MeasureProgress,
  measureBackends,
} from './choosing/measure.js';
export type { MeasuredBackend, Measurement } from './choosing/measured.js';
