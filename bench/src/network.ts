/* The network of a scenario, on any of Recurra's backends. */
import {
  type Backend,
  type Cell as CustomCell,
  dense,
  gru,
  lstm,
  minGru,
  type Network,
  recurrent,
  rnn,
  sequential,
} from '@recurra/core';
import type { Problem } from './problem.js';
import type { Equations } from './system.js';

export interface NetworkOptions {
  /** Use the backend's fused kernels. Default: true. */
  readonly fused?: boolean;
  /** The equations of the recurrent layer. Default: those of docs/semantics.md. */
  readonly equations?: Equations;
  /** Keep the state from one batch to the next. Default: false. */
  readonly stateful?: boolean;
}

/** The network with the problem's weights. */
export function networkOf(
  backend: Backend,
  { scenario, weights }: Problem,
  { fused = true, equations, stateful = false }: NetworkOptions = {},
): Network {
  const { cell, mode, shape, resetAfter = true, outputs } = scenario;
  const options = { units: shape.H, returnSequences: mode !== 'task', stateful };
  const layer = equations
    ? recurrent(brainLstm(shape.H), { returnSequences: true })
    : { lstm, gru: () => gru({ ...options, resetAfter }), rnn, minGru }[cell](options);
  const head = outputs ? [dense({ units: outputs })] : [];
  const model = sequential([layer, ...head], { inputShape: [null, shape.I] });
  return model.on(backend, { seed: 1, fused, weights });
}

/** The LSTM of brain.js, which uses h as the cell state. */
function brainLstm(units: number): CustomCell {
  return {
    kind: 'brainLstm',
    options: { units },
    build: (inputSize) => ({
      parameters: {
        kernel: { shape: [inputSize, 4 * units], initial: 'zeros' },
        recurrentKernel: { shape: [units, 4 * units], initial: 'zeros' },
        bias: { shape: [4 * units], initial: 'zeros' },
      },
      stateSizes: [units],
      run: (tape, { kernel, recurrentKernel, bias }) => ({
        project: (x) => tape.add(tape.matmul(x, kernel), bias),
        step(x, [h]) {
          const gates = tape.add(x, tape.matmul(h, recurrentKernel));
          const [i, f, g, o] = tape.split(gates, [units, units, units, units], 1);
          const remembered = tape.mul(tape.sigmoid(f), h);
          const c = tape.add(remembered, tape.mul(tape.sigmoid(i), tape.tanh(g)));
          return [tape.mul(tape.sigmoid(o), tape.tanh(c))];
        },
      }),
    }),
  };
}
