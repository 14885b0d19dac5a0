import type { Parameter } from '../cells/cell.js';
import { type SlstmCell, slstmCell } from '../cells/slstm.js';
import { sizeOf } from '../contract/tensor.js';
import { OptionError } from '../errors.js';
import { boolean, checkOptions, oneOf, optional, positiveInteger } from '../options.js';
import { type CellOptions, cellChecks } from './cell-options.js';
import { biasOf } from './lstm.js';
import {
  type OutputOf,
  type RecurrentLayer,
  recurrentLayer,
  sequenceChecks,
  steppedCell,
} from './recurrent.js';
import type { Resolved } from './trainable.js';

/** The options of {@link slstm}. */
export interface SlstmOptions<Sequences extends boolean = boolean>
  extends Omit<CellOptions<Sequences>, 'clip' | 'layerNorm' | 'recurrentDropout'> {
  /** The number of heads, which divides `units`. The state of a head is fed back to this head only. Default 1. */
  readonly heads?: number;
  /** The activation of the forget gate. Default 'sigmoid'. */
  readonly forgetGate?: SlstmCell['forgetGate'];
  /** Initialise the forget gate's bias to 1. Default true. */
  readonly unitForgetBias?: boolean;
}

/** The options of {@link slstm}, with the defaults filled in. */
export type ResolvedSlstmOptions = Resolved<SlstmOptions>;

const { clip: _clip, layerNorm: _layerNorm, recurrentDropout: _recurrentDropout, ...shared } = cellChecks;
const checks = {
  ...sequenceChecks,
  ...shared,
  heads: optional(positiveInteger, 1),
  forgetGate: optional(oneOf<SlstmCell['forgetGate']>('sigmoid', 'exponential'), 'sigmoid'),
  unitForgetBias: optional(boolean, true),
};

/**
 * The sLSTM of xLSTM (Beck et al. 2024, arXiv 2405.04517): an LSTM with an exponential input gate, a normaliser and several
 * heads. It runs step by step, composed from the required operations. State: h, c, n and m, each [batch, units].
 *
 * Its parameters are `kernel` [I, 4·H], `bias` [4·H] and `recurrentKernel` [heads, H/heads, 4·H/heads].
 * @throws OptionError for an unknown option or an invalid value
 */
export function slstm<const Sequences extends boolean = false>(
  options: SlstmOptions<Sequences>,
): RecurrentLayer<'slstm', ResolvedSlstmOptions, OutputOf<Sequences>> {
  const checked = checkOptions('slstm', options, checks);
  const { units, heads } = checked;
  if (units % heads !== 0)
    throw new OptionError(`slstm: units must be a multiple of heads, not ${units} units and ${heads} heads`);
  const stateSizes = [units, units, units, units];
  return recurrentLayer('slstm', checked, (inputSize) => ({
    parameters: parametersOf(checked, inputSize),
    stateSizes,
    cell: steppedCell(stateSizes, 'slstm has no fused kernel', (tape, _, { weights }) =>
      slstmCell(tape, weights, checked),
    ),
  }));
}

function parametersOf(options: ResolvedSlstmOptions, inputSize: number): Record<string, Parameter> {
  const { units, heads, bias, recurrentInitializer } = options;
  const block = [units / heads, (4 * units) / heads];
  return {
    kernel: {
      shape: [inputSize, 4 * units],
      initial: options.kernelInitializer,
      regularizer: options.kernelRegularizer,
      int8: 'columns',
    },
    recurrentKernel: {
      shape: [heads, ...block],
      regularizer: options.recurrentRegularizer,
      int8: 'columns',
      initial(random, initialize) {
        const values = new Float32Array(heads * sizeOf(block));
        for (let head = 0; head < heads; head++)
          values.set(initialize(recurrentInitializer, block, random), head * sizeOf(block));
        return values;
      },
    },
    ...(bias && { bias: biasOf(options) }),
  };
}
