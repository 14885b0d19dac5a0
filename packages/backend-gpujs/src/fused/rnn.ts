import { after, before, type Cell, gradient, here, now, state, stateGradient } from './cell.js';

function rnn(kind: 'tanh' | 'relu'): Cell {
  const [value, slope] =
    kind === 'tanh' ? ['safeTanh(a$)', '(1 - nextH[$] * nextH[$])'] : ['relu(a$)', '(nextH[$] > 0 ? 1 : 0)'];
  return {
    name: `rnn ${kind}`,
    gates: 1,
    states: ['h'],
    saved: [],
    forward: [
      {
        product: { ...before('h'), gates: [0] },
        reads: { x0: here('x0'), h: before('h') },
        equations: `
          var a$ = x0[$] + s[0][$];
          var next$ = ${value};`,
        writes: { h: state('next$', 'h[$]') },
      },
    ],
    backward: [
      {
        reads: { nextH: after('h'), dy: here('dy'), dh: now('dh') },
        equations: `
          var da$ = (dh[$] + dy[$]) * ${slope};`,
        writes: { da: gradient('da$'), direct: stateGradient('0', 'dh[$]') },
      },
      { gates: [0], gradients: ['da'], plus: 'direct', writes: 'dh' },
    ],
    inputGradients: ['da'],
    recurrentGradients: [{ ...before('h'), gradients: ['da'] }],
  };
}

export const rnnTanh = rnn('tanh');
export const rnnRelu = rnn('relu');
