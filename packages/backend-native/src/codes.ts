/* The codes of operations, in the order of the enums in addon/kernels/kernels.h. */
import type { ActivationName, BinaryOp, OptimizerConfig, UnaryOp } from '@recurra/core/backend';

export const UNARY: Record<UnaryOp, number> = {
  exp: 0,
  log: 1,
  sqrt: 2,
  abs: 3,
  relu: 4,
  sigmoid: 5,
  tanh: 6,
  softplus: 7,
  step: 8,
};

export const BINARY: Record<BinaryOp, number> = { add: 0, sub: 1, mul: 2, div: 3, maximum: 4, minimum: 5 };

/** The cells of addon/kernels/kernels.h. */
export const CELLS = { rnn: 0, lstm: 1, gru: 2, gruResetBefore: 3 } as const;

/** The indices of a recurrent layer's arguments and results among the shared numbers, as in addon/operations/recurrent.cpp. */
export const RECURRENT = {
  cell: 0,
  time: 1,
  batch: 2,
  inputSize: 3,
  units: 4,
  reverse: 5,
  relu: 6,
  sequence: 7,
  training: 8,
  x: 9,
  kernel: 10,
  recurrentKernel: 11,
  bias: 12,
  recurrentBias: 13,
  lengths: 14,
  initialH: 15,
  initialC: 16,
  saved: 17,
  y: 18,
  h: 19,
  c: 20,
  dY: 21,
  dH: 22,
  dC: 23,
  dX: 24,
  dKernel: 25,
  dRecurrentKernel: 26,
  dBias: 27,
  dRecurrentBias: 28,
  int8: 29,
} as const;

export const ACTIVATIONS: Record<ActivationName, number> = {
  linear: 0,
  tanh: 1,
  sigmoid: 2,
  relu: 3,
  exponential: 4,
  affine: 5,
  softmax: 6,
  softplus: 7,
  softsign: 8,
  selu: 9,
  hardSigmoid: 10,
  elu: 11,
  leakyRelu: 12,
  thresholdedRelu: 13,
  scaledTanh: 14,
};

export const OPTIMIZERS: Record<OptimizerConfig['kind'], number> = {
  sgd: 0,
  adam: 1,
  adamw: 1,
  rmsprop: 2,
  adagrad: 3,
};

/** The indices of an optimizer step's arguments among the shared numbers, as in addon/operations/optimizer.cpp. */
export const OPTIMIZER = {
  rate: 0,
  penalty: 1,
  shrink: 2,
  momentum: 3,
  beta1: 4,
  oneMinusBeta1: 5,
  beta2: 6,
  oneMinusBeta2: 7,
  epsilon: 8,
  clip: 9,
  nesterov: 10,
  centered: 11,
  amsgrad: 12,
} as const;
