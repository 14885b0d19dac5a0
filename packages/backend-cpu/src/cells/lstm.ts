import type { Cell } from './cell.js';

/** i, f, o = σ(…), g = tanh(…), c' = f ⊙ c + i ⊙ g, h' = o ⊙ tanh(c'). Saves h and c. */
export const lstm: Cell = {
  gates: 4,
  savesGates: true,
  saved: 2,
  apart: false,
  factors: (units) => [{ saved: 0, from: 0, count: 4 * units }],

  forward({ kernels, batch, units, lengths, gates, y, state: [h, c], saved: [hBefore, cBefore], product }) {
    const timesU = product({ from: 0, count: 4 * units });
    return (t) => {
      timesU(h, gates(t), true);
      kernels.lstmForward(gates(t), h, c, y(t), hBefore(t), cBefore(t), batch, units, lengths, t);
    };
  },

  backward({ kernels, batch, units, lengths, gates, saved: [, cBefore], dy, dState: [dh, dc], da, product }) {
    const timesU = product({ from: 0, count: 4 * units });
    return (t) => {
      kernels.lstmBackward(gates(t), cBefore(t), dy(t), dh, dc, da(t), batch, units, lengths, t);
      timesU(da(t), dh, true);
    };
  },
};
