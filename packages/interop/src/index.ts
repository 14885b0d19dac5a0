/* Imports and exports models: ONNX, PyTorch, Keras. */

export type { Feed, Feeds } from './feeds.js';
export * from './keras/index.js';
export {
  type ImportedModel,
  networkOf,
  type RunnableModel,
  runnable,
  type WrittenNetwork,
} from './model.js';
export { type OnnxModel, type ReadOnnxOptions, readOnnx } from './onnx/read.js';
export { type WriteOnnxOptions, writeOnnx } from './onnx/write/index.js';
export { type OnnxSteps, type WriteOnnxStepsOptions, writeOnnxSteps } from './onnx/write/steps.js';
export type { Port } from './ports.js';
export * from './pytorch/index.js';
