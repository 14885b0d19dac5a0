import type { Parameter } from '../cells/cell.js';
import { lstmCell } from '../cells/lstm.js';
import { type Activation, activation } from '../contract/activation.js';
import { boolean, checkOptions, optional, positiveInteger } from '../options.js';
import { builtInCell } from './built-in-cell.js';
import { type CellOptions, cellChecks, cellParameters } from './cell-options.js';
import { type OutputOf, type RecurrentLayer, recurrentLayer } from './recurrent.js';
import type { Resolved } from './trainable.js';

/** The options of {@link lstm}. */
export interface LstmOptions<Sequences extends boolean = boolean> extends CellOptions<Sequences> {
  /** The activation of the gates i, f and o. Default 'sigmoid'. */
  readonly recurrentActivation?: Activation;
  /** Initialise the forget gate's bias to 1 (Jozefowicz et al. 2015). Default true. */
  readonly unitForgetBias?: boolean;
  /**
   * The size of a projection of the output; the projected output is also fed back (Sak et al. 2014). Default: no
   * projection.
   */
  readonly projection?: number;
  /** Add peephole connections from the cell state to the gates (Gers & Schmidhuber 2000). Default false. */
  readonly peepholes?: boolean;
}

/** The options of {@link lstm}, with the defaults filled in. */
export interface ResolvedLstmOptions extends Resolved<Omit<LstmOptions, 'projection'>> {
  readonly projection?: number;
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
 * @throws OptionError for an unknown option or an invalid value
 */
export function lstm<const Sequences extends boolean = false>(
  options: LstmOptions<Sequences>,
): RecurrentLayer<'lstm', ResolvedLstmOptions, OutputOf<Sequences>> {
  const checked = checkOptions('lstm', options, lstmChecks);
  const { units, activation, recurrentActivation, projection, clip, recurrentDropout } = checked;
  const outputSize = projection ?? units;
  return recurrentLayer('lstm', checked, (inputSize) => ({
    parameters: cellParameters(checked, { inputSize, outputSize, gates: 4 }, lstmParameters(checked)),
    stateSizes: [outputSize, units],
    cell: builtInCell(lstmCell, {
      cell: 'lstm',
      activation,
      recurrentActivation,
      resetAfter: false,
      clip,
      recurrentDropout,
    }),
  }));
}

/** The parameters that only the LSTM has, and its bias. */
function lstmParameters(options: ResolvedLstmOptions): Record<string, Parameter> {
  const { units, bias, peepholes, projection, layerNorm, kernelInitializer } = options;
  return {
    ...(bias && { bias: biasOf(options) }),
    ...(peepholes && { peepholes: { shape: [3 * units], initial: 'zeros' as const } }),
    ...(projection && {
      projection: {
        shape: [units, projection],
        initial: kernelInitializer,
        int8: 'recurrent' as const,
      },
    }),
    ...(layerNorm && {
      cellGain: { shape: [units], initial: 'ones' as const },
      cellBias: { shape: [units], initial: 'zeros' as const },
    }),
  };
}

/** The bias of gates i, f and two more; that of f is 1 with `unitForgetBias`. */
export function biasOf({
  units,
  biasInitializer,
  biasRegularizer,
  unitForgetBias,
}: Pick<ResolvedLstmOptions, 'units' | 'biasInitializer' | 'biasRegularizer' | 'unitForgetBias'>): Parameter {
  const shape = [4 * units];
  return {
    shape,
    regularizer: biasRegularizer,
    initial(random, initialize) {
      const values = initialize(biasInitializer, shape, random);
      return unitForgetBias ? values.fill(1, units, 2 * units) : values;
    },
  };
}
