import { gruCell } from '../cells/gru.js';
import { lstmCell } from '../cells/lstm.js';
import { rnnCell } from '../cells/rnn.js';
import type { RecurrentInputs } from '../contract/fused.js';
import type { Tape } from '../tape/tape.js';
import { type RecurrentCell, type RecurrentRun, type RecurrentSequence, runSequence } from './recurrent.js';

const cells = { rnn: rnnCell, lstm: lstmCell, gru: gruCell };

/** {@link runSequence} of any built-in cell. */
export function recurrentSequence(
  tape: Tape,
  cell: RecurrentCell,
  inputs: RecurrentInputs,
  run: RecurrentRun,
): RecurrentSequence {
  return runSequence(tape, cells[cell.cell], cell, inputs, run);
}
