/* Recurra's core: recurrent networks, written once, on any backend of the contract. */

export {
  type Activation,
  type ActivationName,
  activate,
  activationKind,
  resolveActivation,
} from './activations.js';
export type { BuiltCell, Cell, CellRun, CellValues, Parameter, Weights } from './cells/cell.js';
export type { BackendMaker } from './choosing/candidate.js';
export {
  type MeasuredBackend,
  type Measurement,
  type MeasureOptions,
  type MeasureProgress,
  measureBackends,
} from './choosing/measure.js';
export { type Picked, pick } from './choosing/pick.js';
export type {
  Backend,
  BinaryOp,
  Capability,
  Memory,
  MemoryUse,
  Operations,
  UnaryOp,
} from './contract/backend.js';
export { checkShape, checkUpload } from './contract/check-upload.js';
export type * from './contract/fused.js';
export { beyondPlainCell } from './contract/plain-cell.js';
export { namesSoftware } from './contract/software.js';
export { TensorStore } from './contract/store.js';
export {
  broadcastShape,
  type Shape,
  sameShape,
  sizeOf,
  type Tensor,
  type TensorData,
} from './contract/tensor.js';
export {
  type ArrayInput,
  type NDArray,
  type NDArrayInput,
  type NestedArray,
  type NestedNumbers,
  type TypedArray,
  toNDArray,
  toNested,
} from './data/ndarray.js';
export { type Sample, type Samples, splitSamples } from './data/samples.js';
export { Scaler } from './data/scaler.js';
export { type TextWindowOptions, textWindows, type Vocabulary, vocabulary } from './data/text.js';
export { type WindowOptions, type WindowSample, windows } from './data/windows.js';
export * from './errors.js';
export { fromBfloat16, fromFloat16 } from './files/half-precision.js';
export { parseJson } from './files/json.js';
export { type LoadOptions, load } from './files/model-file.js';
export { bytesOf, decodeSafetensors, encodeSafetensors, readSafetensorsHeader } from './files/safetensors.js';
export type { HostTensor } from './host-arrays.js';
export { type Initializer, initialize } from './initializers.js';
export type { Inspection, InspectOptions } from './inspect.js';
export { activation } from './layers/activation.js';
export { type BidirectionalOptions, bidirectional } from './layers/bidirectional.js';
export type { CellOptions } from './layers/built-in.js';
export { type Conv1dOptions, conv1d } from './layers/conv1d.js';
export { type DenseOptions, dense } from './layers/dense.js';
export { dropout } from './layers/dropout.js';
export { type EmbeddingOptions, embedding } from './layers/embedding.js';
export { featureScale } from './layers/feature-scale.js';
export { flatten } from './layers/flatten.js';
export { type GruOptions, gru } from './layers/gru.js';
export { lastStep } from './layers/last-step.js';
export type {
  BuiltLayer,
  CellTrace,
  Layer,
  LayerContext,
  LayerOutput,
  Lengths,
  Signal,
  SignalShape,
} from './layers/layer.js';
export { type LayerNormOptions, layerNorm } from './layers/layer-norm.js';
export { type LstmOptions, lstm } from './layers/lstm.js';
export { type MaskingOptions, masking } from './layers/masking.js';
export { maxOverTime, meanOverTime } from './layers/pooling.js';
export { type RecurrentLayer, recurrent, type SequenceOptions } from './layers/recurrent.js';
export {
  type RecurrentOptions,
  type RecurrentSequence,
  recurrentSequence,
} from './layers/recurrent-sequence.js';
export type { CustomParts } from './layers/registry.js';
export { repeat } from './layers/repeat.js';
export { rnn } from './layers/rnn.js';
export {
  type Loss,
  type LossConfig,
  type LossKind,
  loss,
  type Prediction as LossPrediction,
} from './losses/loss.js';
export { softmaxCrossEntropy } from './losses/softmax-cross-entropy.js';
export type { EncodedTargets, TargetLayout } from './losses/targets.js';
export { type Metric, type MetricName, metric } from './metrics.js';
export { type InputShape, Model, type NetworkOptions, sequential } from './model.js';
export type { ForwardOptions, ForwardResult, LayerKernel, Network } from './network.js';
export { adagrad } from './optimizers/adagrad.js';
export { adam, adamw } from './optimizers/adam.js';
export { type Clip, clipGradients } from './optimizers/clipping.js';
export type * from './optimizers/config.js';
export { Optimizer, optimizerConfig } from './optimizers/optimizer.js';
export { rmsprop } from './optimizers/rmsprop.js';
export { learningRateAt, type Schedule } from './optimizers/schedules.js';
export { sgd } from './optimizers/sgd.js';
export {
  type Check,
  checkOptions,
  checkValue,
  custom,
  editDistance,
  isRecord,
  oneOf,
  optional,
  show,
} from './options.js';
export type { Input, Prediction, PredictOptions } from './predict.js';
export { type Random, random } from './random.js';
export type { Stream } from './stream.js';
export type { Backward, KernelUse } from './tape/recorder.js';
export { scope, Tape } from './tape/tape.js';
export type { EarlyStoppingOptions } from './training/early-stopping.js';
export type { EvaluateOptions, Scores } from './training/evaluate.js';
export type { FitOptions } from './training/options.js';
export type { EpochSummary, History, TrainingRun, TrainingStep } from './training/run.js';
