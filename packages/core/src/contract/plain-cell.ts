import { activationKind } from './activation.js';
import type { RecurrentSpec } from './fused.js';

/**
 * For `declines` of a {@link RecurrentKernel} that has the plain cells alone: LSTM and GRU with tanh and sigmoid, RNN with tanh
 * or relu, and none of the further options.
 * @returns what the request has beyond them, in words, or undefined
 */
export function whyNotPlainCell(spec: RecurrentSpec): string | undefined {
  if (spec.layerNorm) return 'layer normalisation inside the cell';
  if (spec.recurrentDropout) return 'dropout on the state';
  if (spec.peepholes) return 'peepholes';
  if (spec.projection) return 'a projection of the output';
  if (spec.clip > 0) return 'clipped gates';
  const activation = activationKind(spec.activation);
  const recurrentActivation = activationKind(spec.recurrentActivation);
  if (spec.cell === 'rnn') {
    return activation === 'tanh' || activation === 'relu'
      ? undefined
      : `activation ${activation}; fused are tanh and relu`;
  }
  if (activation !== 'tanh') return `activation ${activation}; fused is tanh`;
  return recurrentActivation === 'sigmoid'
    ? undefined
    : `recurrentActivation ${recurrentActivation}; fused is sigmoid`;
}
