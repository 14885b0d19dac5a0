import { activation, after, before, type Cell, gradient, here, now, state, stateGradient } from './cell.js';

export const lstm: Cell = {
  name: 'lstm',
  gates: 4,
  states: ['h', 'c'],
  saved: ['i', 'f', 'g', 'o'],
  forward: [
    {
      product: { ...before('h'), gates: [0, 1, 2, 3] },
      reads: {
        x0: here('x0'),
        x1: here('x1'),
        x2: here('x2'),
        x3: here('x3'),
        h: before('h'),
        c: before('c'),
      },
      equations: `
        var i$ = sigmoid(x0[$] + s[0][$]);
        var f$ = sigmoid(x1[$] + s[1][$]);
        var g$ = safeTanh(x2[$] + s[2][$]);
        var o$ = sigmoid(x3[$] + s[3][$]);
        var nextC$ = f$ * c[$] + i$ * g$;
        var nextH$ = o$ * safeTanh(nextC$);`,
      writes: {
        h: state('nextH$', 'h[$]'),
        c: state('nextC$', 'c[$]'),
        i: activation('i$'),
        f: activation('f$'),
        g: activation('g$'),
        o: activation('o$'),
      },
    },
  ],
  backward: [
    {
      reads: {
        i: here('i'),
        f: here('f'),
        g: here('g'),
        o: here('o'),
        c: before('c'),
        nextC: after('c'),
        dy: here('dy'),
        dh: now('dh'),
        dc: now('dc'),
      },
      equations: `
        var tanhC$ = safeTanh(nextC[$]);
        var dNextH$ = dh[$] + dy[$];
        var dNextC$ = dc[$] + dNextH$ * o[$] * (1 - tanhC$ * tanhC$);
        var di$ = dNextC$ * g[$] * i[$] * (1 - i[$]);
        var df$ = dNextC$ * c[$] * f[$] * (1 - f[$]);
        var dg$ = dNextC$ * i[$] * (1 - g[$] * g[$]);
        var do$ = dNextH$ * tanhC$ * o[$] * (1 - o[$]);`,
      writes: {
        di: gradient('di$'),
        df: gradient('df$'),
        dg: gradient('dg$'),
        do: gradient('do$'),
        dc: stateGradient('dNextC$ * f[$]', 'dc[$]'),
        direct: stateGradient('0', 'dh[$]'),
      },
    },
    { gates: [0, 1, 2, 3], gradients: ['di', 'df', 'dg', 'do'], plus: 'direct', writes: 'dh' },
  ],
  inputGradients: ['di', 'df', 'dg', 'do'],
  recurrentGradients: [{ ...before('h'), gradients: ['di', 'df', 'dg', 'do'] }],
};
