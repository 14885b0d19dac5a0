import {
  activationKind,
  type RecurrentInputs,
  type RecurrentKernel,
  type RecurrentSpec,
  whyInt8Training,
  whyNotPlainCell,
} from '@recurra/core/backend';
import { CELLS, RECURRENT as R } from './codes.js';
import type { Context } from './memory.js';

const GATES = { rnn: 1, lstm: 4, gru: 3 };

/** A recurrent layer over a whole sequence: writes the arguments of a pass, runs it, and reads its results. */
export function recurrent({ native, get, getOrZero, add, result }: Context): RecurrentKernel {
  const { shared } = native;

  /** Writes the arguments that both passes have. */
  const write = (spec: RecurrentSpec, { x, weights, lengths, initialState }: RecurrentInputs) => {
    shared[R.cell] = spec.cell === 'gru' && !spec.resetAfter ? CELLS.gruResetBefore : CELLS[spec.cell];
    shared[R.time] = spec.time;
    shared[R.batch] = spec.batch;
    shared[R.inputSize] = spec.inputSize;
    shared[R.units] = spec.units;
    shared[R.reverse] = Number(spec.reverse);
    shared[R.relu] = Number(activationKind(spec.activation) === 'relu');
    shared[R.int8] = Number(spec.int8 ?? false);
    shared[R.sequence] = Number(spec.sequence);
    shared[R.training] = Number(spec.training);
    shared[R.x] = get(x);
    shared[R.kernel] = get(weights.kernel);
    shared[R.recurrentKernel] = get(weights.recurrentKernel);
    shared[R.bias] = getOrZero(weights.bias);
    shared[R.recurrentBias] = getOrZero(weights.recurrentBias);
    shared[R.lengths] = getOrZero(lengths);
    shared[R.initialH] = getOrZero(initialState?.[0]);
    shared[R.initialC] = getOrZero(initialState?.[1]);
  };

  /** The tensors of the results at h and, for an LSTM, at c. */
  const stateAt = (h: number, c: number, { cell, batch, units }: RecurrentSpec) => {
    const state = [add(shared[h], [batch, units])];
    if (cell === 'lstm') state.push(add(shared[c], [batch, units]));
    return state;
  };

  return {
    declines: (spec) => whyInt8Training(spec) ?? whyNotPlainCell(spec),

    forward(spec, inputs) {
      write(spec, inputs);
      native.recurrentForward();
      const saved = result(R.saved, [savedSize(spec)]);
      return {
        y: result(R.y, [spec.time, spec.batch, spec.units]),
        state: stateAt(R.h, R.c, spec),
        saved: saved ? [saved] : [],
      };
    },

    backward(spec, inputs, { saved }, gradients) {
      const { time, batch, inputSize, units } = spec;
      const width = GATES[spec.cell] * units;
      write(spec, inputs);
      shared[R.saved] = get(saved[0]);
      shared[R.dY] = getOrZero(gradients.y);
      shared[R.dH] = getOrZero(gradients.state[0]);
      shared[R.dC] = getOrZero(gradients.state[1]);
      shared[R.dX] = Number(spec.inputGradient);
      native.recurrentBackward();
      return {
        x: result(R.dX, [time, batch, inputSize]),
        weights: {
          kernel: add(shared[R.dKernel], [inputSize, width]),
          recurrentKernel: add(shared[R.dRecurrentKernel], [units, width]),
          bias: result(R.dBias, [width]),
          recurrentBias: result(R.dRecurrentBias, [width]),
        },
        initialState: inputs.initialState && stateAt(R.dH, R.dC, spec),
      };
    },
  };
}

/** The elements that a forward pass saves, as in addon/operations/recurrent.cpp: the states, the gates, and what a GRU keeps. */
function savedSize({ cell, time, batch, units }: RecurrentSpec): number {
  const states = (time + 1) * (cell === 'lstm' ? 2 : 1);
  return batch * units * (states + time * (GATES[cell] + (cell === 'gru' ? 1 : 0)));
}
