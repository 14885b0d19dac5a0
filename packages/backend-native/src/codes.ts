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
