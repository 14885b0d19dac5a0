/* The models of the old files: every built-in layer, and a custom cell. */
import {
  activation,
  adam,
  bidirectional,
  type Cell,
  conv1d,
  dense,
  dropout,
  embedding,
  type FitOptions,
  featureScale,
  flatten,
  gru,
  type InputShape,
  type Layer,
  lastStep,
  layerNorm,
  lstm,
  masking,
  maxOverTime,
  meanOverTime,
  recurrent,
  repeatVector,
  rmsprop,
  rnn,
  sgd,
} from '@recurra/core';

/** A custom cell, which is loaded by its function. */
export const leaky = ({ units }: { units: number }): Cell => ({
  kind: 'leaky',
  options: { units },
  build: (inputSize) => ({
    parameters: {
      kernel: { shape: [inputSize, units], initial: 'glorotUniform' },
      leak: { shape: [units], initial: { kind: 'uniform', min: -1, max: 1 } },
    },
    stateSizes: [units],
    run: (tape, { kernel, leak }) => ({
      project: (x) => tape.tanh(tape.matmul(x, kernel)),
      step(x, [h]) {
        const k = tape.sigmoid(leak);
        return [tape.add(tape.mul(k, h), tape.mul(tape.affine(k, -1, 1), x))];
      },
    }),
  }),
});

/** A model and how it was trained. */
export interface OldModel {
  readonly layers: readonly Layer[];
  readonly inputShape: InputShape;
  readonly options: FitOptions;
}

export const oldModels: Record<string, OldModel> = {
  tokens: {
    layers: [
      embedding({ inputDim: 7, outputDim: 4, maskZero: true }),
      bidirectional(lstm({ units: 3, returnSequences: true, dropout: 0.2 }), {
        backward: gru({ units: 3, returnSequences: true }),
        merge: 'sum',
      }),
      gru({ units: 4, resetAfter: false, recurrentDropout: 0.1 }),
      dropout({ rate: 0.2 }),
      dense({ units: 3 }),
      activation({ activation: 'softmax' }),
    ],
    inputShape: [null],
    options: {
      loss: 'crossEntropy',
      optimizer: adam({ learningRate: 0.01, amsgrad: true }),
      epochs: 4,
      batchSize: 2,
      clip: { globalNorm: 0.5 },
      validation: { split: 0.34 },
      restoreBest: true,
      metrics: ['accuracy'],
    },
  },
  series: {
    layers: [
      masking({ value: -1 }),
      conv1d({ filters: 3, kernelSize: 2, padding: 'causal', activation: 'relu' }),
      layerNorm(),
      lstm({
        units: 4,
        projection: 3,
        peepholes: true,
        layerNorm: true,
        clip: 3,
        returnSequences: true,
        goBackwards: true,
        activation: { kind: 'elu', alpha: 0.5 },
      }),
      maxOverTime(),
      repeatVector({ n: 3 }),
      rnn({ units: 3, returnSequences: true, activation: 'relu' }),
      flatten(),
      dense({ units: 2, activation: 'sigmoid' }),
    ],
    inputShape: [5, 2],
    options: {
      loss: { kind: 'huber', delta: 0.3 },
      optimizer: sgd({
        learningRate: { kind: 'exponential', rate: 0.1, factor: 0.9 },
        momentum: 0.9,
        nesterov: true,
      }),
      epochs: 3,
      batchSize: 2,
      clip: { value: 0.2 },
    },
  },
  stateful: {
    layers: [gru({ units: 3, stateful: true, returnSequences: true }), lastStep(), dense({ units: 1 })],
    inputShape: [null, 1],
    options: {
      loss: 'meanSquaredError',
      optimizer: rmsprop({ learningRate: 0.01, centered: true, momentum: 0.5 }),
      epochs: 2,
      batchSize: 2,
      shuffle: false,
      bptt: { window: 3 },
    },
  },
  custom: {
    layers: [
      featureScale(),
      recurrent(leaky({ units: 3 }), { returnSequences: true }),
      bidirectional(recurrent(leaky({ units: 2 }), { returnSequences: true })),
      meanOverTime(),
      dense({ units: 2, activation: 'softmax' }),
    ],
    inputShape: [null, 2],
    options: {
      loss: { kind: 'crossEntropy', labelWeights: [1, 2] },
      optimizer: 'adagrad',
      epochs: 3,
      batchSize: 2,
      clip: { norm: 0.4 },
    },
  },
};
