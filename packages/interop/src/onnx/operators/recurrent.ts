import { isFloat } from '../dtypes.js';
import { type MatrixForm, recurrentOperator } from './recurrent-operator.js';
import type { Floats } from './recurrent-weights.js';

/** Floating-point numbers, the outputs of each gate first. */
const floats: MatrixForm = {
  inputs: [],
  shape: ({ D, G, H }, N) => [D, G * H, N],
  units: 2,
  check(call) {
    for (const [index, name] of ['W', 'R'].entries()) {
      if (!isFloat(call.input(index + 1).dtype)) call.fail(`${name} must be of floating-point numbers`);
    }
  },
  floats: async (call, index) => (await call.input(index).data()) as Floats,
};

export const RNN = recurrentOperator('rnn', ['layout'], floats);
export const LSTM = recurrentOperator('lstm', ['layout', 'input_forget'], floats);
export const GRU = recurrentOperator('gru', ['layout', 'linear_before_reset'], floats);
