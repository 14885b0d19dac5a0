import { type Activation, activation } from '../activations.js';
import type { Parameter } from '../cells/cell.js';
import { initialize } from '../initializers.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import { builtIn, type CellOptions, cellChecks } from './built-in.js';
import { type RecurrentLayer, recurrentLayer } from './recurrent.js';

export interface LstmOptions extends CellOptions {
  /** Of the gates i, f and o. Default 'sigmoid'. */
  readonly recurrentActivation?: Activation;
  /** Start the forget gate's bias at 1 (Jozefowicz et al. 2015). Default true. */
  readonly unitForgetBias?: boolean;
  /** Width of a projection of the output, which is also what is fed back (Sak et al. 2014). Default: none. */
  readonly projection?: number;
  /** Let the gates see the cell state (Gers & Schmidhuber 2000). Default false. */
  readonly peepholes?: boolean;
}

const lstmChecks = {
  ...cellChecks,
  recurrentActivation: optional(activation, 'sigmoid'),
  unitForgetBias: optional(boolean, true),
  projection: optional(positiveInteger),
  peepholes: optional(boolean, false),
};

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997). State: h [batch, units, or projection], c [batch, units].
 * @throws OptionError for an option it does not have, or a value that cannot be
 */
export function lstm(options: LstmOptions): RecurrentLayer {
  const checked = checkOptions('lstm', options, lstmChecks);
  const { units, projection, peepholes, layerNorm, kernelInitializer } = checked;
  const outputSize = projection ?? units;
  return recurrentLayer('lstm', { ...options }, checked, (inputSize) =>
    builtIn(
      { ...checked, cell: 'lstm', gates: 4, resetAfter: false, outputSize, stateSizes: [outputSize, units] },
      inputSize,
      {
        ...(checked.bias && { bias: bias(checked) }),
        ...(peepholes && { peepholes: { shape: [3 * units], initial: 'zeros' as const } }),
        ...(projection && { projection: { shape: [units, projection], initial: kernelInitializer } }),
        ...(layerNorm && {
          cellGain: { shape: [units], initial: 'ones' as const },
          cellBias: { shape: [units], initial: 'zeros' as const },
        }),
      },
    ),
  );
}

function bias(
  options: Required<Pick<LstmOptions, 'units' | 'biasInitializer' | 'unitForgetBias'>>,
): Parameter {
  const { units, biasInitializer, unitForgetBias } = options;
  const shape = [4 * units];
  return {
    shape,
    initial(random) {
      const values = initialize(biasInitializer, shape, random);
      return unitForgetBias ? values.fill(1, units, 2 * units) : values;
    },
  };
}
