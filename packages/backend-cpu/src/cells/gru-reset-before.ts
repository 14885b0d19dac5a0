import type { Cell } from './cell.js';

/** The reset gate before the recurrent product: n = tanh(W x + b + U (r ⊙ h)). Saves h and r ⊙ h. */
export const gruResetBefore: Cell = {
  gates: 3,
  savesGates: true,
  saved: 2,
  apart: false,
  factors: (units) => [
    { saved: 0, from: 0, count: 2 * units },
    { saved: 1, from: 2 * units, count: units },
  ],

  forward({ kernels, batch, units, lengths, gates, y, state: [h], saved: [before, reset], ...walk }) {
    const timesGates = walk.product({ from: 0, count: 2 * units });
    const timesCandidate = walk.product({ from: 2 * units, count: units });
    const unsaved = walk.scratch(batch * units);
    return (t) => {
      const rh = reset(t) || unsaved;
      timesGates(h, gates(t), true);
      kernels.gruBeforeGatesForward(gates(t), h, rh, batch, units, lengths, t);
      timesCandidate(rh, gates(t), true);
      kernels.gruBeforeCandidateForward(gates(t), h, y(t), before(t), batch, units, lengths, t);
    };
  },

  backward({ kernels, batch, units, lengths, gates, saved: [before], dy, dState: [dh], da, ...walk }) {
    const timesGates = walk.product({ from: 0, count: 2 * units });
    const timesCandidate = walk.product({ from: 2 * units, count: units });
    const dReset = walk.scratch(batch * units);
    return (t) => {
      kernels.gruBeforeCandidateBackward(gates(t), before(t), dy(t), dh, da(t), batch, units, lengths, t);
      timesCandidate(da(t), dReset, false);
      kernels.gruBeforeGatesBackward(gates(t), before(t), dReset, dh, da(t), batch, units, lengths, t);
      timesGates(da(t), dh, true);
    };
  },
};
