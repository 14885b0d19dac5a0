import { activation, before, type Cell, gradient, here, now, state, stateGradient } from './cell.js';

/** The reset gate is applied after the product with U. */
export const gru: Cell = {
  name: 'gru',
  gates: 3,
  states: ['h'],
  saved: ['r', 'z', 'n', 'a'],
  forward: [
    {
      product: { ...before('h'), gates: [0, 1, 2] },
      reads: { x0: here('x0'), x1: here('x1'), x2: here('x2'), h: before('h') },
      equations: `
        var r$ = sigmoid(x0[$] + s[0][$]);
        var z$ = sigmoid(x1[$] + s[1][$]);
        var n$ = safeTanh(x2[$] + r$ * s[2][$]);
        var next$ = (1 - z$) * n$ + z$ * h[$];`,
      writes: {
        h: state('next$', 'h[$]'),
        r: activation('r$'),
        z: activation('z$'),
        n: activation('n$'),
        a: activation('s[2][$]'),
      },
    },
  ],
  backward: [
    {
      reads: {
        r: here('r'),
        z: here('z'),
        n: here('n'),
        a: here('a'),
        h: before('h'),
        dy: here('dy'),
        dh: now('dh'),
      },
      equations: `
        var dNext$ = dh[$] + dy[$];
        var dz$ = dNext$ * (h[$] - n[$]) * z[$] * (1 - z[$]);
        var dn$ = dNext$ * (1 - z[$]) * (1 - n[$] * n[$]);
        var dr$ = dn$ * a[$] * r[$] * (1 - r[$]);`,
      writes: {
        dr: gradient('dr$'),
        dz: gradient('dz$'),
        dn: gradient('dn$'),
        da: gradient('dn$ * r[$]'),
        direct: stateGradient('dNext$ * z[$]', 'dh[$]'),
      },
    },
    { gates: [0, 1, 2], gradients: ['dr', 'dz', 'da'], plus: 'direct', writes: 'dh' },
  ],
  inputGradients: ['dr', 'dz', 'dn'],
  recurrentGradients: [{ ...before('h'), gradients: ['dr', 'dz', 'da'] }],
};

/** The reset gate is applied before the product with U, so the forward pass has two phases. */
export const gruResetBefore: Cell = {
  name: 'gru, reset before',
  gates: 3,
  states: ['h'],
  saved: ['r', 'z', 'n', 'rh'],
  forward: [
    {
      product: { ...before('h'), gates: [0, 1] },
      reads: { x0: here('x0'), x1: here('x1'), h: before('h') },
      equations: `
        var r$ = sigmoid(x0[$] + s[0][$]);
        var z$ = sigmoid(x1[$] + s[1][$]);`,
      writes: { r: activation('r$'), z: activation('z$'), rh: activation('r$ * h[$]') },
    },
    {
      product: { ...here('rh'), gates: [2] },
      reads: { x2: here('x2'), z: here('z'), h: before('h') },
      equations: `
        var n$ = safeTanh(x2[$] + s[2][$]);
        var next$ = (1 - z[$]) * n$ + z[$] * h[$];`,
      writes: { h: state('next$', 'h[$]'), n: activation('n$') },
    },
  ],
  backward: [
    {
      reads: { z: here('z'), n: here('n'), h: before('h'), dy: here('dy'), dh: now('dh') },
      equations: `
        var dNext$ = dh[$] + dy[$];
        var dz$ = dNext$ * (h[$] - n[$]) * z[$] * (1 - z[$]);
        var dn$ = dNext$ * (1 - z[$]) * (1 - n[$] * n[$]);`,
      writes: {
        dz: gradient('dz$'),
        dn: gradient('dn$'),
        direct: stateGradient('dNext$ * z[$]', 'dh[$]'),
      },
    },
    { gates: [2], gradients: ['dn'], writes: 'drh' },
    {
      reads: { r: here('r'), h: before('h'), drh: now('drh'), direct: now('direct') },
      equations: `
        var dr$ = drh[$] * h[$] * r[$] * (1 - r[$]);`,
      writes: {
        dr: gradient('dr$'),
        direct: stateGradient('direct[$] + drh[$] * r[$]', 'direct[$]'),
      },
    },
    { gates: [0, 1], gradients: ['dr', 'dz'], plus: 'direct', writes: 'dh' },
  ],
  inputGradients: ['dr', 'dz', 'dn'],
  recurrentGradients: [
    { ...before('h'), gradients: ['dr', 'dz'] },
    { ...here('rh'), gradients: ['dn'] },
  ],
};
