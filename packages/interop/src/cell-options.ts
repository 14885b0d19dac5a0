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
  readonly stateful: boolean;
  readonly returnState: boolean;
}

/** The options of a layer of kind `rnn`, `lstm` or `gru`. */
export function cellOptions(kind: string, options: Readonly<Record<string, unknown>>): CellOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
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
    stateful: false,
    returnState: false,
    ...Object.fromEntries(given),
    cell: kind,
  } as unknown as CellOptions;
}
