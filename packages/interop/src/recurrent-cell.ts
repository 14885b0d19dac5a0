import type { BuiltInLayer, Layer } from '@recurra/core';

/** A layer's kind and options; of a union of layers, the union of theirs. */
type Described<L> = L extends BuiltInLayer ? Pick<L, 'kind' | 'options'> : never;

type StandardKind = 'rnn' | 'lstm' | 'gru';
type OtherKind = 'minGru' | 'minLstm' | 'slstm';

/** An `rnn`, `lstm` or `gru` layer, or its description in the options of `bidirectional`. */
export type StandardCell = Described<Extract<BuiltInLayer, { readonly kind: StandardKind }>>;

/** A layer whose cell ONNX, PyTorch and Keras do not have, or its description. */
export type OtherCell = Described<Extract<BuiltInLayer, { readonly kind: OtherKind }>>;

/** A recurrent layer with a built-in cell, or its description. */
export type RecurrentCell = StandardCell | OtherCell;

const standard: readonly string[] = ['rnn', 'lstm', 'gru'] satisfies StandardKind[];
const others: readonly string[] = ['minGru', 'minLstm', 'slstm'] satisfies OtherKind[];

export function isStandard(cell: RecurrentCell): cell is StandardCell {
  return standard.includes(cell.kind);
}

/** The description of a layer as that of a built-in cell; undefined if it is another kind of layer. */
export function asRecurrentCell(layer: Pick<Layer, 'kind' | 'options'>): RecurrentCell | undefined {
  return [...standard, ...others].includes(layer.kind) ? (layer as RecurrentCell) : undefined;
}

/** The width of the output: that of the projection, if there is one, else the number of units. */
export function outputSize({ kind, options }: RecurrentCell): number {
  return (kind === 'lstm' ? options.projection : undefined) ?? options.units;
}

/** The sizes of the state's tensors. */
export function stateSizes(cell: RecurrentCell): number[] {
  const { units } = cell.options;
  if (cell.kind === 'slstm') return [units, units, units, units];
  return cell.kind === 'lstm' ? [outputSize(cell), units] : [outputSize(cell)];
}
