import {
  activationKind,
  type RecurrentInputs,
  type RecurrentKernel,
  type RecurrentSpec,
  whyInt8Training,
  whyNotPlainCell,
} from '@recurra/core/backend';
import { CELLS } from './codes.js';
import { F } from './fields.js';
import type { Context } from './memory.js';

const GATES = { rnn: 1, lstm: 4, gru: 3 };

/** A recurrent layer over a whole sequence: writes the arguments of a pass, runs it, and reads its results. */
export function recurrent({ native, get, getOrZero, result, resultIfAny }: Context): RecurrentKernel {
  const { shared, recurrentForward, recurrentBackward } = native;

  /** Writes the arguments that both passes have. */
  const write = (spec: RecurrentSpec, { x, weights, lengths, initialState }: RecurrentInputs) => {
    shared[F.code] = spec.cell === 'gru' && !spec.resetAfter ? CELLS.gruResetBefore : CELLS[spec.cell];
    shared[F.time] = spec.time;
    shared[F.batch] = spec.batch;
    shared[F.inputSize] = spec.inputSize;
    shared[F.units] = spec.units;
    shared[F.reverse] = Number(spec.reverse);
    shared[F.relu] = Number(activationKind(spec.activation) === 'relu');
    shared[F.int8] = Number(spec.int8 ?? false);
    shared[F.sequence] = Number(spec.sequence);
    shared[F.training] = Number(spec.training);
    shared[F.x] = get(x);
    shared[F.kernel] = get(weights.kernel);
    shared[F.recurrentKernel] = get(weights.recurrentKernel);
    shared[F.bias] = getOrZero(weights.bias);
    shared[F.recurrentBias] = getOrZero(weights.recurrentBias);
    shared[F.lengths] = getOrZero(lengths);
    shared[F.initialH] = getOrZero(initialState?.[0]);
    shared[F.initialC] = getOrZero(initialState?.[1]);
  };

  /** The tensors of the results at h and, for an LSTM, at c. */
  const stateAt = (h: number, c: number, { cell, batch, units }: RecurrentSpec) => {
    const state = [result(h, [batch, units])];
    if (cell === 'lstm') state.push(result(c, [batch, units]));
    return state;
  };

  return {
    declines: (spec) => whyInt8Training(spec) ?? whyNotPlainCell(spec),

    forward(spec, inputs) {
      write(spec, inputs);
      recurrentForward();
      const saved = resultIfAny(F.saved, [savedSize(spec)]);
      return {
        y: resultIfAny(F.y, [spec.time, spec.batch, spec.units]),
        state: stateAt(F.h, F.c, spec),
        saved: saved ? [saved] : [],
      };
    },

    backward(spec, inputs, { saved }, gradients) {
      const { time, batch, inputSize, units } = spec;
      const width = GATES[spec.cell] * units;
      write(spec, inputs);
      shared[F.saved] = get(saved[0]);
      shared[F.dY] = getOrZero(gradients.y);
      shared[F.dH] = getOrZero(gradients.state[0]);
      shared[F.dC] = getOrZero(gradients.state[1]);
      shared[F.inputGradient] = Number(spec.inputGradient);
      recurrentBackward();
      return {
        x: resultIfAny(F.dX, [time, batch, inputSize]),
        weights: {
          kernel: result(F.dKernel, [inputSize, width]),
          recurrentKernel: result(F.dRecurrentKernel, [units, width]),
          bias: resultIfAny(F.dBias, [width]),
          recurrentBias: resultIfAny(F.dRecurrentBias, [width]),
        },
        initialState: inputs.initialState && stateAt(F.dH, F.dC, spec),
      };
    },
  };
}

/** The elements that a forward pass saves, as in addon/operations/recurrent-call.h: the states, the gates, and what a GRU keeps. */
function savedSize({ cell, time, batch, units }: RecurrentSpec): number {
  const states = (time + 1) * (cell === 'lstm' ? 2 : 1);
  return batch * units * (states + time * (GATES[cell] + (cell === 'gru' ? 1 : 0)));
}
