import type { Cell } from './cell.js';

export const rnn = (activation: 'tanh' | 'relu'): Cell => ({
  gates: 1,
  states: 1,
  savesExtra: false,
  separateRecurrentGradient: false,
  forward: [
    {
      product: [0, 1],
      code: `
  let h = ${activation === 'tanh' ? 'hyperbolic' : 'rectified'}(a0 + u0);`,
      gates: ['h'],
    },
  ],
  backward: [
    {
      product: [0, 1],
      code: `
  let d = ${activation === 'tanh' ? 'dh * (1.0 - s0 * s0)' : 'dh * select(V(), V(1.0), s0 > V())'};`,
      gates: { 0: 'd' },
      dh: 'V()',
    },
  ],
});
