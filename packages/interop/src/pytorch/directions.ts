/* A recurrent layer of Recurra as PyTorch has it: which of nn's modules it is, if any. */
import type { Activation, Layer } from '@recurra/core';
import { type CellOptions, cellOptions } from '../cell-options.js';

/** One of PyTorch's modules, or a copy of it. */
export interface TorchModule {
  /** The attribute of the model: `layer0`, `layer0_backward`. */
  readonly name: string;
  readonly options: CellOptions;
  /** nn's module; absent where it has none that computes the same, and the parameters keep Recurra's names. */
  readonly nn?: 'RNN' | 'LSTM' | 'GRU';
  /** By direction, what Recurra's parameters begin with. Two: nn's module runs both. */
  readonly prefixes: readonly string[];
}

/** Layer `index` of a model, which is recurrent, as modules of PyTorch. */
export function modulesOf(index: number, { kind, options }: Layer): TorchModule[] {
  const name = `layer${index}`;
  if (kind !== 'bidirectional') return [torchModule(name, cellOptions(kind, options), [''])];
  const [forward, backward] = [options.forward, options.backward].map((inner) => {
    const { kind, options } = inner as Pick<Layer, 'kind' | 'options'>;
    return cellOptions(kind, options);
  });
  const both = torchModule(name, forward, ['forward.', 'backward.']);
  // A mask of dropout is drawn for each direction by itself.
  if (both.nn && forward.dropout === 0 && JSON.stringify(forward) === JSON.stringify(backward)) return [both];
  return [
    torchModule(`${name}_forward`, forward, ['forward.']),
    torchModule(`${name}_backward`, backward, ['backward.']),
  ];
}

function torchModule(name: string, options: CellOptions, prefixes: readonly string[]): TorchModule {
  const nn = nnModule(options);
  return { name, options, prefixes, ...(nn && { nn }) };
}

/** The module of nn that computes what a cell does. */
function nnModule(options: CellOptions): TorchModule['nn'] {
  const { cell, activation, recurrentActivation, clip, layerNorm, recurrentDropout, peepholes } = options;
  if (clip > 0 || layerNorm || recurrentDropout > 0 || peepholes) return undefined;
  if (cell === 'rnn') return plain(activation, 'tanh') || plain(activation, 'relu') ? 'RNN' : undefined;
  if (!plain(activation, 'tanh') || !plain(recurrentActivation, 'sigmoid')) return undefined;
  if (cell === 'lstm')
    return options.projection === undefined || options.projection < options.units ? 'LSTM' : undefined;
  return options.resetAfter ? 'GRU' : undefined;
}

export function plain(activation: Activation, kind: string): boolean {
  return (typeof activation === 'string' ? activation : activation.kind) === kind;
}
