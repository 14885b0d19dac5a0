import type { Activation } from '@recurra/core';

/** A built-in recurrent layer's options, core's defaults filled in. */
export interface CellOptions {
  readonly cell: 'rnn' | 'lstm' | 'gru';
  readonly units: number;
  readonly activation: Activation;
  readonly recurrentActivation: Activation;
  readonly bias: boolean;
  readonly clip: number;
  readonly layerNorm: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly resetAfter: boolean;
  readonly projection?: number;
  readonly peepholes: boolean;
  readonly returnSequences: boolean;
  readonly goBackwards: boolean;
}

/** The options of a layer of kind `rnn`, `lstm` or `gru`. */
export function cellOptions(kind: string, options: Readonly<Record<string, unknown>>): CellOptions {
  return {
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    bias: true,
    clip: 0,
    layerNorm: false,
    dropout: 0,
    recurrentDropout: 0,
    resetAfter: true,
    peepholes: false,
    returnSequences: false,
    goBackwards: false,
    ...options,
    cell: kind,
  } as unknown as CellOptions;
}
