import { rnnCell } from '../cells/rnn.js';
import { checkOptions } from '../options.js';
import { builtInCell } from './built-in-cell.js';
import { type CellOptions, cellChecks, cellParameters } from './cell-options.js';
import { type OutputOf, type RecurrentLayer, recurrentLayer } from './recurrent.js';
import type { Resolved } from './trainable.js';

/** The options of {@link rnn}, with the defaults filled in. */
export type ResolvedRnnOptions = Resolved<CellOptions>;

/**
 * A simple recurrent layer: h' = activation(W x + U h + b). State: h [batch, units].
 * @throws OptionError for an unknown option or an invalid value
 */
export function rnn<const Sequences extends boolean = false>(
  options: CellOptions<Sequences>,
): RecurrentLayer<'rnn', ResolvedRnnOptions, OutputOf<Sequences>> {
  const checked = checkOptions('rnn', options, cellChecks);
  const { units, activation, clip, recurrentDropout } = checked;
  return recurrentLayer('rnn', checked, (inputSize) => ({
    parameters: cellParameters(checked, { inputSize, outputSize: units, gates: 1 }),
    stateSizes: [units],
    cell: builtInCell(rnnCell, {
      cell: 'rnn',
      activation,
      recurrentActivation: 'linear',
      resetAfter: false,
      clip,
      recurrentDropout,
    }),
  }));
}
