/* The gradients of the non-recurrent layers. */
import {
  activation,
  averagePooling2d,
  batchNorm,
  conv1d,
  conv2d,
  dense,
  dropout,
  embedding,
  featureScale,
  flatten,
  type Layer,
  lastStep,
  layerNorm,
  masking,
  maxOverTime,
  maxPooling1d,
  maxPooling2d,
  meanOverTime,
  repeatVector,
  reshape,
  spatialDropout,
} from '@recurra/core';
import { type LayerRun, layerCase, MASKED, SEQUENCE } from '../../layer-problem.js';
import type { Case } from '../../suite.js';

const group = 'gradients/layers';
const VECTOR: LayerRun = { kind: 'vector', shape: [3, 4] };
const RAGGED: LayerRun = { ...SEQUENCE, lengths: [4, 1, 0] };
const LONGER: LayerRun = { kind: 'sequence', shape: [7, 3, 2], lengths: [7, 4, 2] };
const IMAGE: LayerRun = { kind: 'image', shape: [2, 40], image: { height: 4, width: 5, channels: 2 } };
const FRAMES: LayerRun = { ...IMAGE, kind: 'frames', shape: [2, 2, 40] };

const LAYERS: readonly (readonly [string, Layer, LayerRun])[] = [
  ['embedding', embedding({ inputDim: 5, outputDim: 3 }), { kind: 'tokens', shape: [4, 3] }],
  ['dense', dense({ units: 3 }), VECTOR],
  ['dense over time', dense({ units: 3, activation: 'tanh' }), SEQUENCE],
  ['dense without bias', dense({ units: 3, bias: false, activation: 'relu' }), VECTOR],
  ['dense, softmax', dense({ units: 3, activation: 'softmax' }), SEQUENCE],
  ['dense, sigmoid', dense({ units: 3, activation: 'sigmoid' }), VECTOR],
  ['dense, leakyRelu', dense({ units: 3, activation: { kind: 'leakyRelu', alpha: 0.3 } }), VECTOR],
  ['activation', activation({ activation: 'softsign' }), SEQUENCE],
  ['featureScale', featureScale(), VECTOR],
  ['featureScale over time', featureScale(), SEQUENCE],
  ['flatten', flatten(), SEQUENCE],
  ['flatten, lengths', flatten(), RAGGED],
  ['masking', masking(), SEQUENCE],
  ['dropout', dropout({ rate: 0.4 }), SEQUENCE],
  ['layerNorm', layerNorm(), VECTOR],
  ['layerNorm over time, epsilon', layerNorm({ epsilon: 0.1 }), SEQUENCE],
  ['repeat', repeatVector({ n: 3 }), VECTOR],
  ['lastStep', lastStep(), SEQUENCE],
  ['lastStep, lengths', lastStep(), RAGGED],
  ['lastStep, lengths, initial state', lastStep(), { ...RAGGED, initialState: true }],
  ['meanOverTime', meanOverTime(), SEQUENCE],
  ['meanOverTime, lengths', meanOverTime(), RAGGED],
  ['meanOverTime, mask', meanOverTime(), MASKED],
  ['maxOverTime', maxOverTime(), SEQUENCE],
  ['maxOverTime, lengths', maxOverTime(), RAGGED],
  ...(['valid', 'same', 'causal'] as const).flatMap((padding): [string, Layer, LayerRun][] => [
    [`conv1d, ${padding}`, conv1d({ filters: 3, kernelSize: 3, padding }), { ...LONGER, lengths: undefined }],
    [
      `conv1d, ${padding}, strides, lengths`,
      conv1d({ filters: 2, kernelSize: 2, strides: 2, padding }),
      LONGER,
    ],
  ]),
  [
    'conv1d, activation, no bias',
    conv1d({ filters: 3, kernelSize: 1, activation: 'tanh', bias: false }),
    LONGER,
  ],
  ['conv2d, valid', conv2d({ filters: 3, kernelSize: [2, 3] }), IMAGE],
  [
    'conv2d, same, strides, frames, softmax',
    conv2d({ filters: 2, kernelSize: 3, strides: [1, 2], padding: 'same', activation: 'softmax' }),
    FRAMES,
  ],
  ['maxPooling2d', maxPooling2d(), FRAMES],
  ['maxPooling2d, same, overlapping', maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }), IMAGE],
  ['averagePooling2d, same', averagePooling2d({ poolSize: [3, 2], padding: 'same' }), IMAGE],
  ['maxPooling1d, same, lengths', maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' }), LONGER],
  ['reshape', reshape({ target: [2, 2] }), VECTOR],
  ['batchNorm', batchNorm(), VECTOR],
  ['batchNorm, lengths', batchNorm({ epsilon: 0.1 }), RAGGED],
  ['batchNorm, mask', batchNorm({ scale: false }), MASKED],
  ['batchNorm of frames', batchNorm({ center: false }), FRAMES],
  ['spatialDropout', spatialDropout({ rate: 0.4 }), FRAMES],
];

export const gradientsOfLayers: Case[] = LAYERS.map(([name, layer, run]) =>
  layerCase(group, name, layer, run),
);
