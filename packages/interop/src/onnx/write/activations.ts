import type { Activation } from '@recurra/core';
import { type ActivationName, resolveActivation } from '@recurra/core/backend';
import type { GraphBuilder } from './graph-builder.js';

/** The activations of ONNX's recurrent nodes, and the number of constants of each. */
const recurrentNames: Readonly<
  Partial<Record<ActivationName, readonly [name: string, constants: 0 | 1 | 2]>>
> = {
  // α x + β with α = 1 and β = 0, Recurra's defaults.
  linear: ['Affine', 2],
  affine: ['Affine', 2],
  tanh: ['Tanh', 0],
  sigmoid: ['Sigmoid', 0],
  relu: ['Relu', 0],
  softplus: ['Softplus', 0],
  softsign: ['Softsign', 0],
  hardSigmoid: ['HardSigmoid', 2],
  elu: ['Elu', 1],
  leakyRelu: ['LeakyRelu', 1],
  thresholdedRelu: ['ThresholdedRelu', 1],
  scaledTanh: ['ScaledTanh', 2],
};

/** The attributes of a recurrent node for activations in ONNX's order; undefined if it does not support all of them. */
export function recurrentActivations(activations: readonly Activation[]) {
  const names: string[] = [];
  const alphas: number[] = [];
  const betas: number[] = [];
  for (const activation of activations) {
    const { kind, alpha, beta } = resolveActivation(activation);
    const known = recurrentNames[kind];
    if (!known) return undefined;
    const [name, constants] = known;
    names.push(name);
    if (constants > 0) alphas.push(alpha);
    if (constants > 1) betas.push(beta);
  }
  return {
    activations: names,
    ...(alphas.length > 0 && { activation_alpha: { floats: alphas } }),
    ...(betas.length > 0 && { activation_beta: { floats: betas } }),
  };
}

/** Adds an activation; softmax is over the last axis. */
export function writeActivation(graph: GraphBuilder, x: string, activation: Activation): string {
  const { kind, alpha, beta } = resolveActivation(activation);
  const scaled = (x: string, by: number) => (by === 1 ? x : graph.add('Mul', [x, graph.float(by)]));
  switch (kind) {
    case 'linear':
      return x;
    case 'tanh':
      return graph.add('Tanh', [x]);
    case 'sigmoid':
      return graph.add('Sigmoid', [x]);
    case 'relu':
      return graph.add('Relu', [x]);
    case 'softplus':
      return graph.add('Softplus', [x]);
    case 'softsign':
      return graph.add('Softsign', [x]);
    case 'exponential':
      return graph.add('Exp', [x]);
    case 'selu':
      return graph.add('Selu', [x]);
    case 'softmax':
      return graph.add('Softmax', [x], { axis: -1 });
    case 'hardSigmoid':
      return graph.add('HardSigmoid', [x], { alpha: { float: alpha }, beta: { float: beta } });
    case 'elu':
      return graph.add('Elu', [x], { alpha: { float: alpha } });
    case 'leakyRelu':
      return graph.add('LeakyRelu', [x], { alpha: { float: alpha } });
    case 'thresholdedRelu':
      return graph.add('ThresholdedRelu', [x], { alpha: { float: alpha } });
    case 'scaledTanh':
      return scaled(graph.add('Tanh', [scaled(x, beta)]), alpha);
    case 'affine':
      return beta === 0 ? scaled(x, alpha) : graph.add('Add', [scaled(x, alpha), graph.float(beta)]);
  }
}
