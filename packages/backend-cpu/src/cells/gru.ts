import type { Cell } from './cell.js';

/** The reset gate after the recurrent product: n = tanh(W x + b + r ⊙ (U h + b′)). Saves h and the candidate's U h + b′. */
export const gru: Cell = {
  gates: 3,
  savesGates: true,
  saved: 2,
  apart: true,
  factors: (units) => [{ saved: 0, from: 0, count: 3 * units }],

  forward({
    kernels,
    batch,
    units,
    lengths,
    gates,
    y,
    recurrentBias,
    state: [h],
    saved: [before, candidate],
    ...walk
  }) {
    const timesU = walk.product({ from: 0, count: 3 * units });
    const u = walk.scratch(batch * 3 * units);
    return (t) => {
      if (recurrentBias) kernels.fillRows(recurrentBias, u, batch, 3 * units);
      timesU(h, u, recurrentBias !== 0);
      kernels.gruForward(gates(t), u, h, y(t), before(t), candidate(t), batch, units, lengths, t);
    };
  },

  backward({
    kernels,
    batch,
    units,
    lengths,
    gates,
    saved: [before, candidate],
    dy,
    dState: [dh],
    da,
    du,
    product,
  }) {
    const timesU = product({ from: 0, count: 3 * units });
    return (t) => {
      kernels.gruBackward(
        gates(t),
        before(t),
        candidate(t),
        dy(t),
        dh,
        da(t),
        du(t),
        batch,
        units,
        lengths,
        t,
      );
      timesU(du(t), dh, true);
    };
  },
};
