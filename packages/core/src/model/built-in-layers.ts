import { activation } from '../layers/activation.js';
import { attention } from '../layers/attention.js';
import { bahdanauDecoder } from '../layers/bahdanau-decoder.js';
import { batchNorm } from '../layers/batch-norm.js';
import { bidirectional } from '../layers/bidirectional.js';
import { add, concat, multiply } from '../layers/combine.js';
import { conv1d } from '../layers/conv1d.js';
import { conv2d } from '../layers/conv2d.js';
import { dense } from '../layers/dense.js';
import { dropout } from '../layers/dropout.js';
import { embedding } from '../layers/embedding.js';
import { featureScale } from '../layers/feature-scale.js';
import { flatten } from '../layers/flatten.js';
import { gru } from '../layers/gru.js';
import { lastStep } from '../layers/last-step.js';
import { layerNorm } from '../layers/layer-norm.js';
import { lstm } from '../layers/lstm.js';
import { masking } from '../layers/masking.js';
import { maxPooling1d } from '../layers/max-pooling-1d.js';
import { minGru } from '../layers/min-gru.js';
import { minLstm } from '../layers/min-lstm.js';
import { maxOverTime, meanOverTime } from '../layers/pooling.js';
import { averagePooling2d, maxPooling2d } from '../layers/pooling-2d.js';
import { recurrent } from '../layers/recurrent.js';
import { repeatVector } from '../layers/repeat-vector.js';
import { reshape } from '../layers/reshape.js';
import { rnn } from '../layers/rnn.js';
import { slstm } from '../layers/slstm.js';
import { spatialDropout } from '../layers/spatial-dropout.js';

/** The functions that create the built-in layers, keyed by kind. */
export const builtInLayers = {
  rnn,
  lstm,
  gru,
  minGru,
  minLstm,
  slstm,
  recurrent,
  bidirectional,
  embedding,
  dense,
  conv1d,
  conv2d,
  layerNorm,
  batchNorm,
  masking,
  featureScale,
  flatten,
  reshape,
  dropout,
  spatialDropout,
  activation,
  repeatVector,
  lastStep,
  meanOverTime,
  maxOverTime,
  concat,
  add,
  multiply,
  attention,
  bahdanauDecoder,
  maxPooling1d,
  maxPooling2d,
  averagePooling2d,
};

/** A layer that comes with this package. Its `kind` determines the type of its options. */
export type BuiltInLayer = ReturnType<(typeof builtInLayers)[keyof typeof builtInLayers]>;
