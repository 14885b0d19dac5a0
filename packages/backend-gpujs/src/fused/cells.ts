import { activationKind, type RecurrentSpec } from '@recurra/core/backend';
import type { Cell } from './cell.js';
import { gru, gruResetBefore } from './gru.js';
import { lstm } from './lstm.js';
import { rnnRelu, rnnTanh } from './rnn.js';

/** The cell of a request that is not declined. */
export function cellOf({ cell, resetAfter, activation }: RecurrentSpec): Cell {
  if (cell === 'gru') return resetAfter ? gru : gruResetBefore;
  if (cell === 'lstm') return lstm;
  return activationKind(activation) === 'relu' ? rnnRelu : rnnTanh;
}
