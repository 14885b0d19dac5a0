import { gruCell } from '../cells/gru.js';
import { type Activation, activation } from '../contract/activation.js';
import { boolean, checkOptions, optional } from '../options.js';
import { builtInCell } from './built-in-cell.js';
import { type CellOptions, cellChecks, cellParameters } from './cell-options.js';
import { type OutputOf, type RecurrentLayer, recurrentLayer } from './recurrent.js';
import type { Resolved } from './trainable.js';

/** The options of {@link gru}. */
export interface GruOptions<Sequences extends boolean = boolean> extends CellOptions<Sequences> {
  /** The activation of the gates r and z. Default 'sigmoid'. */
  readonly recurrentActivation?: Activation;
  /**
   * Apply the reset gate after the recurrent matrix product, which then has its own bias, as in cuDNN. Default true.
   */
  readonly resetAfter?: boolean;
}

/** The options of {@link gru}, with the defaults filled in. */
export type ResolvedGruOptions = Resolved<GruOptions>;

const gruChecks = {
  ...cellChecks,
  recurrentActivation: optional(activation, 'sigmoid'),
  resetAfter: optional(boolean, true),
};

/**
 * Gated recurrent unit (Cho et al. 2014). State: h [batch, units].
 * @throws OptionError for an unknown option or an invalid value
 */
export function gru<const Sequences extends boolean = false>(
  options: GruOptions<Sequences>,
): RecurrentLayer<'gru', ResolvedGruOptions, OutputOf<Sequences>> {
  const checked = checkOptions('gru', options, gruChecks);
  const {
    units,
    activation,
    recurrentActivation,
    bias,
    biasInitializer,
    resetAfter,
    clip,
    recurrentDropout,
  } = checked;
  return recurrentLayer('gru', checked, (inputSize) => ({
    parameters: cellParameters(
      checked,
      { inputSize, outputSize: units, gates: 3 },
      {
        ...(bias &&
          resetAfter && {
            recurrentBias: {
              shape: [3 * units],
              initial: biasInitializer,
              regularizer: checked.biasRegularizer,
            },
          }),
      },
    ),
    stateSizes: [units],
    cell: builtInCell(gruCell, {
      cell: 'gru',
      activation,
      recurrentActivation,
      resetAfter,
      clip,
      recurrentDropout,
    }),
  }));
}
