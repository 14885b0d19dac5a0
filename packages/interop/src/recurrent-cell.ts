import type { BuiltInLayer, Layer } from '@recurra/core';

/** A layer's kind and options; of a union of layers, the union of theirs. */
type Described<L> = L extends BuiltInLayer ? Pick<L, 'kind' | 'options'> : never;

/** An `rnn`, `lstm` or `gru` layer, or its description in the options of `bidirectional`. */
export type RecurrentCell = Described<Extract<BuiltInLayer, { readonly kind: 'rnn' | 'lstm' | 'gru' }>>;

/** The description of a layer as that of an `rnn`, `lstm` or `gru`; undefined if it is another kind of layer. */
export function asRecurrentCell(layer: Pick<Layer, 'kind' | 'options'>): RecurrentCell | undefined {
  const { kind } = layer;
  return kind === 'rnn' || kind === 'lstm' || kind === 'gru' ? (layer as RecurrentCell) : undefined;
}

/** The width of the output: that of the projection, if there is one, else the number of units. */
export function outputSize({ kind, options }: RecurrentCell): number {
  return (kind === 'lstm' ? options.projection : undefined) ?? options.units;
}
