export type { Check } from './check.js';
export {
  type ConformanceOptions,
  conformance,
  type Report,
  runConformance,
  type Selection,
  worstFirst,
} from './conformance.js';
export type { Replay } from './failure.js';
export type { Generation } from './generation.js';
export type { AttentionGolden } from './golden-attention.js';
export { type Golden, type OptimizerGolden, parseGolden, type SequenceGolden } from './golden-files.js';
export type { LayerGolden } from './golden-layer.js';
export type { GpuKind } from './gpu.js';
export { type Case, type Result, Session, titleOf } from './suite.js';
