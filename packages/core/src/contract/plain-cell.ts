import { activationKind } from './activation.js';
import type { RecurrentSpec } from './fused.js';

/**
 * Helps implement `declines` in a {@link RecurrentKernel} that only supports plain cells: LSTM and GRU with tanh and
 * sigmoid, and RNN with tanh or relu, without any other options.
 * @returns the reason why the request is not a plain cell, or undefined if it is one
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
      : `activation ${activation}; only tanh and relu are fused`;
  }
  if (activation !== 'tanh') return `activation ${activation}; only tanh is fused`;
  return recurrentActivation === 'sigmoid'
    ? undefined
    : `recurrentActivation ${recurrentActivation}; only sigmoid is fused`;
}

/** Helps implement `declines`: returns a reason if a request for int8 weights needs gradients, which int8 weights do not have. */
export function whyInt8Training({
  int8,
  training,
}: Pick<RecurrentSpec, 'int8' | 'training'>): string | undefined {
  return int8 && training ? 'int8 weights have no gradients' : undefined;
}
