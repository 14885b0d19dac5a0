import type { Cell } from './cell.js';

/** The reset gate is applied after the recurrent product. The extra array saved is U_n h + b'_n. */
export const gru: Cell = {
  gates: 3,
  states: 1,
  savesExtra: true,
  separateRecurrentGradient: true,
  forward: [
    {
      product: [0, 3],
      code: `
  let r = sigmoid(a0 + u0);
  let z = sigmoid(a1 + u1);
  let n = hyperbolic(a2 + r * u2);
  let h = (1.0 - z) * n + z * h0;`,
      gates: ['r', 'z', 'n'],
      extra: 'u2',
    },
  ],
  backward: [
    {
      product: [0, 3],
      code: `
  let r = s0;
  let z = s1;
  let n = s2;
  let dn = dh * (1.0 - z) * (1.0 - n * n);
  let dr = dn * extra * r * (1.0 - r);
  let dz = dh * (h0 - n) * z * (1.0 - z);`,
      gates: { 0: 'dr', 1: 'dz', 2: 'dn' },
      recurrent: { 0: 'dr', 1: 'dz', 2: 'dn * r' },
      dh: 'dh * z',
    },
  ],
};

/** The reset gate is applied before the recurrent product. The extra array saved is r ⊙ h. */
export const gruResetBefore: Cell = {
  gates: 3,
  states: 1,
  savesExtra: true,
  separateRecurrentGradient: false,
  forward: [
    {
      product: [0, 2],
      code: `
  let r = sigmoid(a0 + u0);
  let z = sigmoid(a1 + u1);
  let reset = r * h0;`,
      gates: ['r', 'z'],
      extra: 'reset',
      passes: 'reset',
    },
    {
      product: [2, 3],
      code: `
  let n = hyperbolic(a2 + u2);
  let h = (1.0 - s1) * n + s1 * h0;`,
      gates: ['n'],
    },
  ],
  backward: [
    {
      product: [0, 2],
      code: `
  let z = s1;
  let n = s2;
  let dn = dh * (1.0 - z) * (1.0 - n * n);
  let dz = dh * (h0 - n) * z * (1.0 - z);`,
      gates: { 1: 'dz', 2: 'dn' },
      dh: 'dh * z',
    },
    {
      product: [2, 3],
      code: `
  let r = s0;
  let dr = p * h0 * r * (1.0 - r);`,
      gates: { 0: 'dr' },
      dh: 'dh + p * r',
    },
  ],
};
