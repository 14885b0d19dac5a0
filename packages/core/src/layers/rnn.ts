import { checkOptions } from '../options.js';
import { builtIn, type CellOptions, cellChecks } from './built-in.js';
import { type RecurrentLayer, recurrentLayer } from './recurrent.js';

/**
 * The simple recurrent layer: h' = activation(W x + U h + b). State: h [batch, units].
 * @throws OptionError for an option it does not have, or a value that cannot be
 */
export function rnn(options: CellOptions): RecurrentLayer {
  const checked = checkOptions('rnn', options, cellChecks);
  return recurrentLayer('rnn', { ...options }, checked, (inputSize) =>
    builtIn(
      {
        ...checked,
        cell: 'rnn',
        gates: 1,
        recurrentActivation: 'linear',
        resetAfter: false,
        outputSize: checked.units,
        stateSizes: [checked.units],
      },
      inputSize,
      {},
    ),
  );
}
