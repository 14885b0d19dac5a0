import { activation } from '../layers/activation.js';
import { bidirectional } from '../layers/bidirectional.js';
import { conv1d } from '../layers/conv1d.js';
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
import { maxOverTime, meanOverTime } from '../layers/pooling.js';
import { recurrent } from '../layers/recurrent.js';
import { repeatVector } from '../layers/repeat-vector.js';
import { rnn } from '../layers/rnn.js';

/** The functions that create the built-in layers, keyed by kind. */
export const builtInLayers = {
  rnn,
  lstm,
  gru,
  recurrent,
  bidirectional,
  embedding,
  dense,
  conv1d,
  layerNorm,
  masking,
  featureScale,
  flatten,
  dropout,
  activation,
  repeatVector,
  lastStep,
  meanOverTime,
  maxOverTime,
};

/** A layer that comes with this package. Its `kind` determines the type of its options. */
export type BuiltInLayer = ReturnType<(typeof builtInLayers)[keyof typeof builtInLayers]>;
