/*
 * The cells, in the equations of docs/semantics.md and their derivatives, as text for one row of the batch: `$` stands
 * for the row, so that `i$` is a number of it, and `c[$]` its share of a texel. There are
 *
 *   x0[$], x1[$] …       x·W + b of each gate that the phase reads
 *   s[0][$], s[1][$] …       the product with U, and the recurrent bias, of each gate that the phase takes it of
 */
import { activationKind, type RecurrentSpec } from '@recurra/core/backend';

/** Of this step; of the state before or after it; of the step that is being computed, and then forgotten. */
export type Moment = 'here' | 'before' | 'after' | 'now';

/** An array, and which block of it. */
export interface Place {
  readonly of: string;
  readonly at: Moment;
}

/** What is written: the value where the row has this step, and where the step is past the row's length. */
export interface Written {
  readonly at: Moment;
  readonly valid: string;
  readonly past: string;
}

/** One launch of every unit and row: a product with U where there is one, then equations. */
export interface Phase {
  readonly product?: Place & { readonly gates: readonly number[] };
  /** By the names that they have in the equations. */
  readonly reads: Readonly<Record<string, Place>>;
  readonly equations: string;
  readonly writes: Readonly<Record<string, Written>>;
}

/** One launch on the way back: the gradients of these gates times Uᵀ, plus what came to the state directly. */
export interface PhaseBack {
  readonly gates: readonly number[];
  readonly gradients: readonly string[];
  readonly plus?: string;
  readonly writes: string;
}

export interface Cell {
  readonly name: string;
  /** G */
  readonly gates: number;
  /** h, or h and c */
  readonly states: readonly string[];
  /** What backward reads again besides the states. */
  readonly saved: readonly string[];
  readonly forward: readonly Phase[];
  readonly backward: readonly (Phase | PhaseBack)[];
  /** The gradients of x·W + b, gate by gate. */
  readonly inputGradients: readonly string[];
  /** The gradients of the products with U: of what, and of which gates in their order. */
  readonly recurrentGradients: readonly (Place & { readonly gradients: readonly string[] })[];
}

const here = (of: string): Place => ({ of, at: 'here' });
const now = (of: string): Place => ({ of, at: 'now' });
const before = (of: string): Place => ({ of, at: 'before' });
const after = (of: string): Place => ({ of, at: 'after' });

/** An array of every step; past a row's length nobody looks at it. */
const kept = (variable: string): Written => ({ at: 'here', valid: variable, past: variable });
/** The next state, which stands still past a row's length. */
const state = (valid: string, past: string): Written => ({ at: 'after', valid, past });
/** A gradient of a gate: past a row's length there is none. */
const gradient = (valid: string): Written => ({ at: 'here', valid, past: '0' });
/** What a gradient of the state becomes on its way to the step before. */
const passed = (valid: string, past: string): Written => ({ at: 'now', valid, past });

function rnn(activation: 'tanh' | 'relu'): Cell {
  const [value, slope] =
    activation === 'tanh'
      ? ['safeTanh(a$)', '(1 - nextH[$] * nextH[$])']
      : ['relu(a$)', '(nextH[$] > 0 ? 1 : 0)'];
  return {
    name: `rnn ${activation}`,
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
        writes: { da: gradient('da$'), direct: passed('0', 'dh[$]') },
      },
      { gates: [0], gradients: ['da'], plus: 'direct', writes: 'dh' },
    ],
    inputGradients: ['da'],
    recurrentGradients: [{ ...before('h'), gradients: ['da'] }],
  };
}

const lstm: Cell = {
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
        i: kept('i$'),
        f: kept('f$'),
        g: kept('g$'),
        o: kept('o$'),
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
        var seen$ = safeTanh(nextC[$]);
        var dNextH$ = dh[$] + dy[$];
        var dNextC$ = dc[$] + dNextH$ * o[$] * (1 - seen$ * seen$);
        var di$ = dNextC$ * g[$] * i[$] * (1 - i[$]);
        var df$ = dNextC$ * c[$] * f[$] * (1 - f[$]);
        var dg$ = dNextC$ * i[$] * (1 - g[$] * g[$]);
        var do$ = dNextH$ * seen$ * o[$] * (1 - o[$]);`,
      writes: {
        di: gradient('di$'),
        df: gradient('df$'),
        dg: gradient('dg$'),
        do: gradient('do$'),
        dc: passed('dNextC$ * f[$]', 'dc[$]'),
        direct: passed('0', 'dh[$]'),
      },
    },
    { gates: [0, 1, 2, 3], gradients: ['di', 'df', 'dg', 'do'], plus: 'direct', writes: 'dh' },
  ],
  inputGradients: ['di', 'df', 'dg', 'do'],
  recurrentGradients: [{ ...before('h'), gradients: ['di', 'df', 'dg', 'do'] }],
};

const gru: Cell = {
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
      writes: { h: state('next$', 'h[$]'), r: kept('r$'), z: kept('z$'), n: kept('n$'), a: kept('s[2][$]') },
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
        direct: passed('dNext$ * z[$]', 'dh[$]'),
      },
    },
    { gates: [0, 1, 2], gradients: ['dr', 'dz', 'da'], plus: 'direct', writes: 'dh' },
  ],
  inputGradients: ['dr', 'dz', 'dn'],
  recurrentGradients: [{ ...before('h'), gradients: ['dr', 'dz', 'da'] }],
};

const gruResetBefore: Cell = {
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
      writes: { r: kept('r$'), z: kept('z$'), rh: kept('r$ * h[$]') },
    },
    {
      product: { ...here('rh'), gates: [2] },
      reads: { x2: here('x2'), z: here('z'), h: before('h') },
      equations: `
        var n$ = safeTanh(x2[$] + s[2][$]);
        var next$ = (1 - z[$]) * n$ + z[$] * h[$];`,
      writes: { h: state('next$', 'h[$]'), n: kept('n$') },
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
        direct: passed('dNext$ * z[$]', 'dh[$]'),
      },
    },
    { gates: [2], gradients: ['dn'], writes: 'drh' },
    {
      reads: { r: here('r'), h: before('h'), drh: now('drh'), direct: now('direct') },
      equations: `
        var dr$ = drh[$] * h[$] * r[$] * (1 - r[$]);`,
      writes: {
        dr: gradient('dr$'),
        direct: passed('direct[$] + drh[$] * r[$]', 'direct[$]'),
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

const rnnTanh = rnn('tanh');
const rnnRelu = rnn('relu');

export function cellOf({ cell, resetAfter, activation }: RecurrentSpec): Cell {
  if (cell === 'gru') return resetAfter ? gru : gruResetBefore;
  if (cell === 'lstm') return lstm;
  return activationKind(activation) === 'relu' ? rnnRelu : rnnTanh;
}
