import type { CellStart } from '../cells/gates.js';
import type { RecurrentInputs, RecurrentWeights } from '../contract/fused.js';
import type { Tensor } from '../contract/tensor.js';
import { composedCell, type RecurrentCell, runSequence } from '../kernels/recurrent.js';
import type { Tape } from '../tape/tape.js';
import { dropoutMask } from './dropout-mask.js';
import type { LayerContext } from './layer.js';
import type { SequenceCell } from './recurrent.js';

/** The cell of rnn, lstm or gru, for the recurrent kernel. */
export interface BuiltInCell extends RecurrentCell {
  /** The fraction of the state to drop before it is fed back, with the same mask at every step. */
  readonly recurrentDropout: number;
}

/** Makes the cell of rnn, lstm or gru. @param start its composition from the required operations */
export function builtInCell(start: CellStart, cell: BuiltInCell): SequenceCell {
  const inputs = (tape: Tape, x: Tensor, context: LayerContext, lengths?: Tensor): RecurrentInputs => {
    const { weights, training, random, state } = context;
    const { recurrentDropout } = cell;
    return {
      x,
      weights: weights as unknown as RecurrentWeights,
      initialState: state,
      lengths,
      recurrentMask:
        training && recurrentDropout > 0
          ? dropoutMask(tape, random('recurrentDropout'), recurrentDropout, [
              x.shape[1],
              weights.recurrentKernel.shape[0],
            ])
          : undefined,
    };
  };
  return {
    start: (tape, x, context) => composedCell(tape, start, cell, inputs(tape, x, context)),
    run: (tape, x, context, run) =>
      runSequence(tape, start, cell, inputs(tape, x, context, run.lengths), run),
  };
}
