import type { Shape } from '@recurra/core';
import { type BinaryOp, broadcastShape, type Capability, type UnaryOp } from '@recurra/core/backend';
import { at, build, EDGES, form, random, uniform, type Values } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { exact, ofOperation, type Precision } from '../../tolerance.js';

const group = 'operations/elementwise';

const UNARY: Record<UnaryOp, (x: number) => number> = {
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  relu: (x) => Math.max(x, 0),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))),
  step: (x) => (x > 0 ? 1 : 0),
};

/** Arguments that saturate, overflow, or are at the edge of a domain. */
const LARGE = [0, 100, -100, 1000, -1000, 1e30, -1e30];
const staysFinite = (op: UnaryOp) => (x: number) => Number.isFinite(Math.fround(UNARY[op](x)));
/** NaN, and finite arguments outside the domain. */
const givesNaN = (op: UnaryOp) => (x: number) => Number.isNaN(UNARY[op](x)) && Math.abs(x) < Infinity;

const unary: Case[] = (Object.keys(UNARY) as UnaryOp[]).flatMap((op) => {
  const positive = op === 'log' || op === 'sqrt';
  const run = (name: string, arrays: readonly Values[], needs?: Capability): Case => ({
    group,
    name: `${op}, ${name}`,
    ...(needs && { needs }),
    async run(check) {
      for (const x of arrays) {
        const y = check.made(check.backend.unary(op, check.upload(x)));
        const data = Array.from(x.data, (value) => rounded(UNARY[op](value), check.precision));
        const bound = ofOperation(op, { magnitudes: data, x: x.data }, check.precision);
        await check.tensor(`${op} at `, y, { shape: x.shape, data }, bound);
      }
    },
  });
  const shapes = [[0], ...EDGES.map((size) => [size]), [3, 49], [2, 3, 5], [2, 3, 1, 5], [2, 0, 3]];
  return [
    run(
      'over shapes',
      shapes.map((shape, i) => random(shape, i, positive ? 1e-3 : -8, 8)),
    ),
    run('over its range', [random([500], 7, positive ? 1e-3 : -30, positive ? 1e4 : 30)]),
    run('large arguments', [list(LARGE.filter(staysFinite(op)))]),
    run('NaN and outside its domain', [list([Number.NaN, 1, ...LARGE.filter(givesNaN(op))])], 'nan'),
    run(
      'infinity and the edges of its domain',
      [list([Infinity, -Infinity, ...LARGE.filter((x) => !givesNaN(op)(x))])],
      'infinity',
    ),
  ];
});

const BINARY: Record<BinaryOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
};

const PAIRS: readonly (readonly [Shape, Shape])[] = [
  ...[0, ...EDGES].map((size) => form([size], [size])),
  form([1], [5]),
  form([5], [1]),
  form([3, 4], [4]),
  form([4], [3, 4]),
  form([4, 4], [4]),
  form([3, 4], [3, 1]),
  form([3, 1], [1, 4]),
  form([65, 49], [65, 1]),
  form([47, 48], [48]),
  form([2, 3, 4], [1]),
  form([2, 3, 4], [3, 1]),
  form([2, 1, 4], [3, 1]),
  form([5, 1, 3], [5, 7, 3]),
  form([2, 3, 4, 5], [2, 3, 4, 5]),
  form([2, 3, 4, 5], [4, 1]),
  form([2, 1, 4, 1], [1, 3, 1, 5]),
  form([0, 3], [1, 3]),
  form([0, 3], [3]),
];

/** All pairs of two values. */
const OPERANDS = [Number.NaN, Infinity, -Infinity, 0, 1, -2.5];

/** True if an operand is NaN, or if both are finite and the result is NaN, as for 0 / 0. */
const isAboutNaN = (op: BinaryOp, a: number, b: number) =>
  Number.isNaN(a) || Number.isNaN(b) || (Number.isFinite(a + b) && Number.isNaN(BINARY[op](a, b)));

/** The selected pairs of operands, as two rows. */
function pairsOf(matches: (a: number, b: number) => boolean): [Values, Values] {
  const pairs = OPERANDS.flatMap((a) => OPERANDS.map((b) => [a, b])).filter(([a, b]) => matches(a, b));
  return [list(pairs.map(([a]) => a)), list(pairs.map(([, b]) => b))];
}

const binary: Case[] = (Object.keys(BINARY) as BinaryOp[]).flatMap((op) => {
  const run = (name: string, pairs: readonly (readonly [Values, Values])[], needs?: Capability): Case => ({
    group,
    name: `${op}, ${name}`,
    ...(needs && { needs }),
    async run(check) {
      for (const [a, b] of pairs) {
        const y = check.made(check.backend.binary(op, check.upload(a), check.upload(b)));
        const expected = build(broadcastShape(a.shape, b.shape) as Shape, (index) =>
          BINARY[op](at(a, index), at(b, index)),
        );
        const bound = ofOperation(op, { magnitudes: expected.data }, check.precision);
        await check.tensor(`[${a.shape}] and [${b.shape}] at `, y, expected, bound);
      }
    },
  });
  return [
    run(
      'over shapes and their broadcast forms',
      PAIRS.map(([a, b], i) => [random(a, i), random(b, i + 50, 0.25, 2)]),
    ),
    run('NaN', [pairsOf((a, b) => isAboutNaN(op, a, b))], 'nan'),
    run('infinity and zero', [pairsOf((a, b) => !isAboutNaN(op, a, b))], 'infinity'),
  ];
});

const affineOf = (name: string, data: readonly number[], needs?: Capability): Case => ({
  group,
  name,
  ...(needs && { needs }),
  async run(check) {
    for (const [scale, shift] of [
      [1, 0],
      [-2.5, 0.75],
      [0, 3],
    ]) {
      const y = check.made(check.backend.affine(check.upload({ shape: [data.length], data }), scale, shift));
      const expected = data.map((value) => value * scale + shift);
      const magnitudes = data.map((value) => Math.abs(value * scale) + Math.abs(shift));
      const bound = ofOperation('affine', { magnitudes, terms: 2 }, check.precision);
      await check.tensor(`x · ${scale} + ${shift} at `, y, list(expected), bound);
    }
  },
});

const affine = [
  affineOf('affine', uniform(65, 1, -3, 3)),
  affineOf('affine, NaN', [Number.NaN, 1], 'nan'),
  affineOf('affine, infinity', [Infinity, -Infinity], 'infinity'),
];

const selectOf = (name: string, other: number, needs?: Capability): Case => ({
  group,
  name,
  ...(needs && { needs }),
  async run(check) {
    const forms: Shape[][] = [
      form([65], [65], [65]),
      form([3, 1], [3, 4], [1]),
      form([4], [1], [3, 4]),
      form([2, 1, 3], [1, 5, 3], [2, 5, 1]),
      form([2, 3, 1, 1], [4, 1], [5]),
      form([0, 3], [3], [1]),
    ];
    for (const [i, shapes] of forms.entries()) {
      const condition = build(
        shapes[0],
        (index) => [0, 1, -2, 0.5][index.reduce((sum, n) => sum + n, 0) % 4],
      );
      const a = random(shapes[1], i);
      const b = build(shapes[2], (index) => (index[0] === 0 ? other : index[0]));
      const y = check.made(check.backend.select(check.upload(condition), check.upload(a), check.upload(b)));
      const shape = shapes.reduce((all, next) => broadcastShape(all, next) as Shape);
      const expected = build(shape, (index) => at(at(condition, index) === 0 ? b : a, index));
      await check.tensor(`form ${i} at `, y, expected, exact);
    }
  },
});

const select = [
  selectOf('select, over broadcast forms', -7),
  selectOf('select, what is not chosen may be NaN', Number.NaN, 'nan'),
  selectOf('select, what is not chosen may be infinite', Infinity, 'infinity'),
  {
    group,
    name: 'select, NaN is not zero, so a is chosen',
    needs: 'nan',
    async run(check) {
      const condition = check.upload(list([Number.NaN, 0, Number.NaN, 1]));
      const [a, b] = [check.upload(list([1, 2, 3, 4])), check.upload(list([-1, -2, -3, -4]))];
      const y = check.made(check.backend.select(condition, a, b));
      await check.tensor('y', y, list([1, -2, 3, 4]), exact);
    },
  },
] satisfies Case[];

function list(data: readonly number[]): Values {
  return { shape: [data.length], data };
}

/** Results that are too large for float32 are infinite. */
function rounded(value: number, precision: Precision): number {
  return precision === 'float32' ? Math.fround(value) : value;
}

export const elementwise: Case[] = [...unary, ...binary, ...affine, ...select];
