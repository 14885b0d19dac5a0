/* A recurrent layer of Recurra as modules of PyTorch. */
import type { BuiltInLayer } from '@recurra/core';
import { activationKind } from '@recurra/core/backend';
import { asRecurrentCell, isStandard, type RecurrentCell } from '../recurrent-cell.js';

/** A layer that is one or two modules of PyTorch. */
export type RecurrentLayer = Extract<
  BuiltInLayer,
  { readonly kind: RecurrentCell['kind'] | 'bidirectional' }
>;

/** A recurrent module of torch.nn, or a class of model.py. */
export interface TorchModule {
  /** The attribute of the model: `layer0`, `layer0_backward`. */
  readonly name: string;
  readonly cell: RecurrentCell;
  /** The class in torch.nn; absent for a class of model.py, whose parameters have Recurra's names. */
  readonly nn?: 'RNN' | 'LSTM' | 'GRU';
  /** The prefix of Recurra's parameters, by direction. Two: the module runs both directions. */
  readonly prefixes: readonly string[];
}

/**
 * The modules of a recurrent layer.
 * @param name the attribute of the model
 * @param refuse throws an UnsupportedError that names the node, for `bidirectional` with a custom cell
 */
export function modulesOf(
  name: string,
  layer: RecurrentLayer,
  refuse: (problem: string) => never,
): TorchModule[] {
  if (layer.kind !== 'bidirectional') return [torchModule(name, layer, [''])];
  const [forward, backward] = [layer.options.forward, layer.options.backward].map((inner) => {
    const cell = asRecurrentCell(inner);
    return cell ?? refuse('custom cells cannot be exported to PyTorch');
  });
  const both = torchModule(name, forward, ['forward.', 'backward.']);
  // With dropout, each direction has its own mask.
  const isEqual = JSON.stringify(forward.options) === JSON.stringify(backward.options);
  if (both.nn && forward.options.dropout === 0 && forward.kind === backward.kind && isEqual) return [both];
  return [
    torchModule(`${name}_forward`, forward, ['forward.']),
    torchModule(`${name}_backward`, backward, ['backward.']),
  ];
}

function torchModule(name: string, cell: RecurrentCell, prefixes: readonly string[]): TorchModule {
  const nn = nnClass(cell);
  return { name, cell, prefixes, ...(nn && { nn }) };
}

/** The class in torch.nn that computes the same as the cell. */
function nnClass(cell: RecurrentCell): TorchModule['nn'] {
  if (!isStandard(cell)) return undefined;
  const { kind, options } = cell;
  if (options.clip > 0 || options.layerNorm || options.recurrentDropout > 0) return undefined;
  const activation = activationKind(options.activation);
  if (kind === 'rnn') return activation === 'tanh' || activation === 'relu' ? 'RNN' : undefined;
  if (activation !== 'tanh' || activationKind(options.recurrentActivation) !== 'sigmoid') return undefined;
  if (kind === 'gru') return options.resetAfter ? 'GRU' : undefined;
  const { peepholes, projection, units } = options;
  return !peepholes && (projection === undefined || projection < units) ? 'LSTM' : undefined;
}
