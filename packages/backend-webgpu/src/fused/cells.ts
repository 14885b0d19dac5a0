import { activationKind, type RecurrentSpec } from '@recurra/core/backend';
import type { Cell } from './cell.js';
import { gru, gruResetBefore } from './gru.js';
import { lstm } from './lstm.js';
import { rnn } from './rnn.js';

export function cellOf({
  cell,
  resetAfter,
  activation,
}: Pick<RecurrentSpec, 'cell' | 'resetAfter' | 'activation'>): Cell {
  if (cell === 'gru') return resetAfter ? gru : gruResetBefore;
  return cell === 'lstm' ? lstm : rnn(activationKind(activation) === 'relu' ? 'relu' : 'tanh');
}
