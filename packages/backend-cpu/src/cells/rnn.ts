import type { Cell } from './cell.js';

/** h' = tanh or relu (W x + b + U h). Saves h. */
export const rnn: Cell = {
  gates: 1,
  savesGates: false,
  saved: 1,
  apart: false,
  factors: (units) => [{ saved: 0, from: 0, count: units }],

  forward({ kernels, relu, batch, units, lengths, gates, y, state: [h], saved: [before], product }) {
    const timesU = product({ from: 0, count: units });
    return (t) => {
      timesU(h, gates(t), true);
      kernels.rnnForward(relu, gates(t), h, y(t), before(t), batch, units, lengths, t);
    };
  },

  backward({ kernels, relu, batch, units, lengths, y, dy, dState: [dh], da, product }) {
    const timesU = product({ from: 0, count: units });
    return (t) => {
      kernels.rnnBackward(relu, y(t), dy(t), dh, da(t), batch, units, lengths, t);
      timesU(da(t), dh, true);
    };
  },
};
