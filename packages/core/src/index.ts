/* Recurrent networks that run on any backend. Authors of backends also need `@recurra/core/backend`. */

export type { BuiltCell, Cell, CellRun, Parameter } from './cells/cell.js';
export type { BackendMaker } from './choosing/candidate.js';
export { pick } from './choosing/pick.js';
export type { Activation } from './contract/activation.js';
export type { Backend } from './contract/backend.js';
export type { LearningRate, OptimizerConfig, Schedule } from './contract/optimizer-config.js';
export type { Shape, Tensor } from './contract/tensor.js';
export type { ArrayInput, NDArray, NDArrayInput, NestedNumbers } from './data/ndarray.js';
export type { Sample, Samples } from './data/samples.js';
export { Scaler } from './data/scaler.js';
export { type SplitOptions, splitSamples } from './data/split.js';
export { textWindows, type Vocabulary, vocabulary } from './data/text.js';
export { type WindowSample, windows } from './data/windows.js';
export { ctcAlign } from './decoding/ctc-align.js';
export type { CtcHypothesis } from './decoding/ctc-beam.js';
export { type CtcBeamSearchOptions, ctcBeamSearch } from './decoding/ctc-beam-search.js';
export { ctcGreedy } from './decoding/ctc-greedy.js';
export type { CtcPath } from './decoding/ctc-path.js';
export type { CtcDecodeOptions } from './decoding/ctc-scores.js';
export {
  DataError,
  DeviceError,
  DivergenceError,
  FormatError,
  OptionError,
  RecurraError,
  ShapeError,
  StateError,
  UnsupportedError,
} from './errors.js';
export { evolve, type NetworkScore } from './evolution/evolve.js';
export type { EvolveOptions } from './evolution/options.js';
export type { EvolutionHistory, EvolutionRun, Generation } from './evolution/run.js';
export type { LoadOptions } from './files/model-file.js';
export { type BeamSearchOptions, beamSearch } from './generating/beam-search.js';
export {
  type EvaluateGeneratedOptions,
  evaluateGenerated,
  type GeneratedSample,
  type GeneratedScores,
} from './generating/evaluate-generated.js';
export { greedy } from './generating/greedy.js';
export type { Generated, Hypothesis } from './generating/hypothesis.js';
export { type SampleOptions, sample } from './generating/sample.js';
export type { GenerateOptions, GenerationStep } from './generating/token-steps.js';
export type { HostTensor } from './host-arrays.js';
export type { Initializer } from './initializers.js';
export { type Int8Reader, int8 } from './int8/reader.js';
export { activation } from './layers/activation.js';
export { type AttentionOptions, attention } from './layers/attention.js';
export { type BahdanauDecoderOptions, bahdanauDecoder } from './layers/bahdanau-decoder.js';
export { type BatchNormOptions, batchNorm } from './layers/batch-norm.js';
export { type BidirectionalOptions, bidirectional } from './layers/bidirectional.js';
export type { CellOptions } from './layers/cell-options.js';
export { add, concat, multiply } from './layers/combine.js';
export { type Conv1dOptions, conv1d } from './layers/conv1d.js';
export { type Conv2dOptions, conv2d } from './layers/conv2d.js';
export { type DenseOptions, dense } from './layers/dense.js';
export { dropout } from './layers/dropout.js';
export { type EmbeddingOptions, embedding } from './layers/embedding.js';
export { featureScale } from './layers/feature-scale.js';
export { flatten } from './layers/flatten.js';
export { type GruOptions, gru } from './layers/gru.js';
export { lastStep } from './layers/last-step.js';
export type {
  AnyLayer,
  BuiltLayer,
  Layer,
  LayerContext,
  LayerOutput,
  LayerResult,
  LayerState,
  Signal,
  SignalKind,
  SignalShape,
} from './layers/layer.js';
export { layerNorm } from './layers/layer-norm.js';
export { type LstmOptions, lstm } from './layers/lstm.js';
export { masking } from './layers/masking.js';
export { type MaxPooling1dOptions, maxPooling1d } from './layers/max-pooling-1d.js';
export { minGru } from './layers/min-gru.js';
export { minLstm } from './layers/min-lstm.js';
export { maxOverTime, meanOverTime } from './layers/pooling.js';
export { averagePooling2d, maxPooling2d, type Pooling2dOptions } from './layers/pooling-2d.js';
export { type RecurrentLayer, recurrent, type SequenceOptions } from './layers/recurrent.js';
export { repeatVector } from './layers/repeat-vector.js';
export { type ReshapeOptions, type ReshapeTarget, reshape } from './layers/reshape.js';
export { rnn } from './layers/rnn.js';
export type { ScanLayerOptions } from './layers/scan-layer.js';
export { type SlstmOptions, slstm } from './layers/slstm.js';
export { spatialDropout } from './layers/spatial-dropout.js';
export type { Loss, LossConfig, TargetKind } from './losses/loss.js';
export { resolveLoss } from './losses/resolve-loss.js';
export { type EncodedTargets, encodeTargets, type TargetLayout } from './losses/targets.js';
export { auc } from './metrics/auc.js';
export { confusionMatrix } from './metrics/confusion-matrix.js';
export { accuracy, mae, perplexity, rmse, topK } from './metrics/means.js';
export type { Metric, MetricRun, MetricValue } from './metrics/metric.js';
export { f1, type PrecisionRecallOptions, precision, recall } from './metrics/precision-recall.js';
export type { MetricName } from './metrics/resolve-metrics.js';
export type { Scores } from './metrics/scores.js';
export { type EditDistanceOptions, editDistance, type SpanF1Options, spanF1 } from './metrics/sequences.js';
export { type ApplyOptions, apply } from './model/apply.js';
export type { InputShape } from './model/architecture.js';
export type { BuiltInLayer } from './model/built-in-layers.js';
export { frames, image, sequence, tokens, vector } from './model/inputs.js';
export type { InitialState, Node } from './model/node.js';
export { type GraphReader, readGraph as graphs } from './model/read-graph.js';
export type { LayerMakers } from './model/read-layer.js';
export type { BatchInput, GraphTypes, GraphTypesOf, ModelTypes, SampleOf, TypesOf } from './model/types.js';
export type { LayerKernel } from './network/forward.js';
export type { GraphStream, StreamOptions, StreamTypes } from './network/graph-stream.js';
export type { Inspection, InspectOptions } from './network/inspect.js';
export { loadNetwork } from './network/load-network.js';
export {
  graph,
  type Model,
  Network,
  type NetworkOptions,
  sequential,
} from './network/network.js';
export { openStream } from './network/open-stream.js';
export type { Prediction, PredictOptions } from './network/predict.js';
export { loadPredictor, type Predictor, type PredictorOptions } from './network/predictor.js';
export { type ExplainOptions, explain, type WarmUpOptions, warmUp } from './network/requests.js';
export type { Stream } from './network/stream.js';
export { adagrad } from './optimizers/adagrad.js';
export { adam, adamw } from './optimizers/adam.js';
export { type Clip, clipGradients } from './optimizers/clipping.js';
export { Optimizer } from './optimizers/optimizer.js';
export { rmsprop } from './optimizers/rmsprop.js';
export { sgd } from './optimizers/sgd.js';
export { type Random, seededRandom } from './random.js';
export { activate } from './tape/activate.js';
export { type CheckpointBody, checkpoint } from './tape/checkpoint.js';
export { Tape, withTape } from './tape/tape.js';
export type { FitOptions } from './training/options.js';
export type { History, TrainingRun, TrainingStep } from './training/run.js';
