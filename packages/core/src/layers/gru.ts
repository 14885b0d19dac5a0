import { type Activation, activation } from '../activations.js';
import { boolean, checkOptions, optional } from '../options.js';
import { builtIn, type CellOptions, cellChecks } from './built-in.js';
import { type RecurrentLayer, recurrentLayer } from './recurrent.js';

export interface GruOptions extends CellOptions {
  /** Of the gates r and z. Default 'sigmoid'. */
  readonly recurrentActivation?: Activation;
  /** The reset gate comes after the recurrent product, which then has a bias of its own (cuDNN's form). Default true. */
  readonly resetAfter?: boolean;
}

const gruChecks = {
  ...cellChecks,
  recurrentActivation: optional(activation, 'sigmoid'),
  resetAfter: optional(boolean, true),
};

/**
 * Gated recurrent unit (Cho et al. 2014). State: h [batch, units].
 * @throws OptionError for an option it does not have, or a value that cannot be
 */
export function gru(options: GruOptions): RecurrentLayer {
  const checked = checkOptions('gru', options, gruChecks);
  const { units, bias, resetAfter, biasInitializer } = checked;
  return recurrentLayer('gru', { ...options }, checked, (inputSize) =>
    builtIn({ ...checked, cell: 'gru', gates: 3, outputSize: units, stateSizes: [units] }, inputSize, {
      ...(bias && resetAfter && { recurrentBias: { shape: [3 * units], initial: biasInitializer } }),
    }),
  );
}
