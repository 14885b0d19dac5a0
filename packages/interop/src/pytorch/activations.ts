import type { Activation } from '@recurra/core';
import { type ActivationName, resolveActivation } from '@recurra/core/backend';

/** The activations in Python, for a tensor named x. docs/semantics.md has the formulas. */
const expressions: Readonly<Record<ActivationName, (alpha: string, beta: string) => string>> = {
  linear: () => 'x',
  tanh: () => 'torch.tanh(x)',
  sigmoid: () => 'torch.sigmoid(x)',
  relu: () => 'torch.relu(x)',
  softmax: () => 'torch.softmax(x, -1)',
  softplus: () => 'torch.logaddexp(x, torch.zeros_like(x))',
  softsign: () => 'nn.functional.softsign(x)',
  exponential: () => 'torch.exp(x)',
  selu: () => 'torch.selu(x)',
  hardSigmoid: (alpha, beta) => `(${alpha} * x + ${beta}).clamp(0, 1)`,
  elu: (alpha) => `nn.functional.elu(x, ${alpha})`,
  leakyRelu: (alpha) => `nn.functional.leaky_relu(x, ${alpha})`,
  thresholdedRelu: (alpha) => `x * (x > ${alpha})`,
  scaledTanh: (alpha, beta) => `${alpha} * torch.tanh(${beta} * x)`,
  affine: (alpha, beta) => `${alpha} * x + ${beta}`,
};

/** The expression in Python that applies `activation` to x. */
export function activationInPython(activation: Activation): string {
  const { kind, alpha, beta } = resolveActivation(activation);
  return expressions[kind](String(alpha), String(beta));
}
