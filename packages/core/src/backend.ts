/* The part of the API for authors and testers of backends, in addition to `@recurra/core`. */

export {
  type ActivationName,
  activationKind,
  resolveActivation,
} from './contract/activation.js';
export {
  type Backend,
  type BinaryOp,
  type Capability,
  contractVersion,
  type Int8Memory,
  type KernelForms,
  type Memory,
  type MemoryUse,
  type Operations,
  type UnaryOp,
} from './contract/backend.js';
export { checkShape, checkUpload } from './contract/check-upload.js';
export type * from './contract/fused.js';
export type * from './contract/optimizer-config.js';
export {
  adagradScalars,
  adamScalars,
  type OptimizerScalars,
  rmspropScalars,
  sgdScalars,
} from './contract/optimizer-scalars.js';
export { whyInt8Training, whyNotPlainCell } from './contract/plain-cell.js';
export { namesSoftware } from './contract/software.js';
export { TensorStore } from './contract/store.js';
export { broadcastStrides, stridesOf } from './contract/strides.js';
export {
  broadcastShape,
  type Shape,
  sameShape,
  sizeOf,
  type Tensor,
  type TensorData,
} from './contract/tensor.js';
export { threadCount } from './contract/threads.js';
export { ForeignTensorError, FreedTensorError } from './errors.js';
export { recurrentSequence } from './kernels/any-cell.js';
export { softmaxCrossEntropy } from './kernels/cross-entropy.js';
export { ctcLosses } from './kernels/ctc.js';
export {
  type RecurrentCell,
  type RecurrentRun,
  type RecurrentSequence,
  whyNotInt8,
} from './kernels/recurrent.js';
export { type Scan, scan } from './kernels/scan.js';
export { type Unrolled, unroll } from './kernels/unroll.js';
export { applyGuarded, type GuardedStep, optimizerConfig } from './optimizers/optimizer.js';
export {
  abortSignal,
  boolean,
  type Check,
  checkOptions,
  checkValue,
  custom,
  didYouMean,
  fraction,
  isRecord,
  levenshtein,
  nonNegativeNumber,
  number,
  oneOf,
  optional,
  positiveInteger,
  positiveNumber,
  show,
  wholeNumber,
} from './options.js';
export type { Backward, KernelUse } from './tape/recorder.js';
