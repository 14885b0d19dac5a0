import type { Cell } from './cell.js';

export const lstm: Cell = {
  gates: 4,
  states: 2,
  savesExtra: true,
  separateRecurrentGradient: false,
  forward: [
    {
      product: [0, 4],
      code: `
  let i = sigmoid(a0 + u0);
  let f = sigmoid(a1 + u1);
  let g = hyperbolic(a2 + u2);
  let o = sigmoid(a3 + u3);
  let c = f * c0 + i * g;
  let h = o * hyperbolic(c);`,
      gates: ['i', 'f', 'g', 'o'],
    },
  ],
  backward: [
    {
      product: [0, 4],
      code: `
  let i = s0;
  let f = s1;
  let g = s2;
  let o = s3;
  let squashed = hyperbolic(f * c0 + i * g);
  let cell = dc + dh * o * (1.0 - squashed * squashed);
  let di = cell * g * i * (1.0 - i);
  let df = cell * c0 * f * (1.0 - f);
  let dg = cell * i * (1.0 - g * g);
  let do_ = dh * squashed * o * (1.0 - o);`,
      gates: { 0: 'di', 1: 'df', 2: 'dg', 3: 'do_' },
      dh: 'V()',
      dc: 'cell * f',
    },
  ],
};
