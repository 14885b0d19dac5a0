/* The operations that compute, over generated shapes, axes and broadcast forms. */
import type { Shape } from '@recurra/core';
import { sizeOf } from '@recurra/core/backend';
import fc from 'fast-check';
import { type GeneratedCase, longSize, numbersFrom, shape } from '../../generation.js';
import { random, whole } from '../../numbers.js';
import { ofOperation } from '../../tolerance.js';
import { operation, quarters, SIGNED } from './operation.js';

/** A divisor. */
const POSITIVE = [0.25, 2] as const;

/** Two to three shapes that broadcast to one: each has axes of 1, or fewer axes, where the others have more. */
function broadcast(count: number): fc.Arbitrary<Shape[]> {
  const form = (full: readonly number[]) =>
    fc
      .tuple(
        fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
        fc.nat(full.length - 1),
      )
      .map(([ones, drop]) => full.map((n, axis) => (ones[axis] ? 1 : n)).slice(drop));
  return shape.chain((full) => fc.tuple(...Array.from({ length: count }, () => form(full))));
}

/** A shape and some of its axes. */
const withAxes = shape.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.shuffledSubarray([...shape.keys()], { minLength: 1 }),
    seed: numbersFrom,
  }),
);
const count = (shape: Shape, axes: readonly number[]) => sizeOf(axes.map((axis) => shape[axis]));

const products = operation(
  'matmul',
  fc.record({
    // Single matrices, or stacks of so many.
    stack: fc.constantFrom([], [1], [3]),
    m: longSize,
    k: longSize,
    n: longSize,
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    seed: numbersFrom,
  }),
  ({ stack, m, k, n, transposeA, transposeB, seed }) => ({
    inputs: [
      random([...stack, ...(transposeA ? [k, m] : [m, k])], seed, ...SIGNED),
      random([...stack, ...(transposeB ? [n, k] : [k, n])], seed + 1, ...SIGNED),
    ],
    run: (backend, [a, b]) => backend.matmul(a, b, transposeA, transposeB),
    boundOfTerms: ({ data }, precision) => ofOperation('matmul', { magnitudes: data, terms: k }, precision),
  }),
);

const maps = [
  operation(
    'unary',
    fc.record({
      op: fc.constantFrom('exp', 'log', 'sqrt', 'abs', 'relu', 'sigmoid', 'tanh', 'softplus', 'step'),
      shape,
      reach: fc.constantFrom(1, 10, 50),
      seed: numbersFrom,
    }),
    ({ op, shape, reach, seed }) => {
      const x = random(shape, seed, op === 'log' || op === 'sqrt' ? 1e-3 : -reach, reach);
      return {
        inputs: [x],
        run: (backend, [x]) => backend.unary(op, x),
        bound: ({ data }, precision) => ofOperation(op, { magnitudes: data, x: x.data }, precision),
      };
    },
  ),
  operation(
    'binary, broadcast',
    fc.record({
      op: fc.constantFrom('add', 'sub', 'mul', 'div', 'maximum', 'minimum'),
      shapes: broadcast(2),
      seed: numbersFrom,
    }),
    ({ op, shapes: [a, b], seed }) => ({
      inputs: [random(a, seed, ...SIGNED), random(b, seed + 1, ...POSITIVE)],
      run: (backend, [a, b]) => backend.binary(op, a, b),
      bound: ({ data }, precision) => ofOperation(op, { magnitudes: data }, precision),
    }),
  ),
  operation(
    'affine',
    fc.record({ shape, scale: quarters, shift: quarters, seed: numbersFrom }),
    ({ shape, scale, shift, seed }) => {
      const x = random(shape, seed, ...SIGNED);
      const magnitudes = x.data.map((value) => Math.abs(value * scale) + Math.abs(shift));
      return {
        inputs: [x],
        run: (backend, [x]) => backend.affine(x, scale, shift),
        bound: (_, precision) => ofOperation('affine', { magnitudes, terms: 2 }, precision),
      };
    },
  ),
  operation(
    'select, broadcast',
    fc.record({ shapes: broadcast(3), seed: numbersFrom }),
    ({ shapes: [c, a, b], seed }) => ({
      inputs: [
        { shape: c, data: whole(sizeOf(c), seed, 3).map((n) => n - 1) },
        random(a, seed + 1, ...SIGNED),
        random(b, seed + 2, ...SIGNED),
      ],
      run: (backend, [condition, a, b]) => backend.select(condition, a, b),
    }),
  ),
];

const reductions = [
  operation('sum', withAxes, ({ shape, axes, seed }) => ({
    inputs: [random(shape, seed, ...SIGNED)],
    run: (backend, [x]) => backend.sum(x, axes),
    boundOfTerms: ({ data }, precision) =>
      ofOperation('sum', { magnitudes: data, terms: count(shape, axes) }, precision),
  })),
  operation(
    'max',
    withAxes.filter(({ shape, axes }) => count(shape, axes) > 0),
    ({ shape, axes, seed }) => ({
      inputs: [random(shape, seed, ...SIGNED)],
      run: (backend, [x]) => backend.max(x, axes),
    }),
  ),
  ...(['softmax', 'logSoftmax'] as const).map((op) =>
    operation(
      op,
      fc.record({
        shape: shape.filter((shape) => shape[shape.length - 1] > 0),
        reach: fc.constantFrom(1, 20),
        seed: numbersFrom,
      }),
      ({ shape, reach, seed }) => ({
        inputs: [random(shape, seed, -reach, reach)],
        run: (backend, [x]) => backend[op](x),
        bound({ data }, precision) {
          const magnitudes =
            op === 'softmax' ? data : Array.from(data, (value) => Math.max(1, Math.abs(value)));
          return ofOperation(op, { magnitudes, terms: shape[shape.length - 1], x: 2 * reach }, precision);
        },
      }),
    ),
  ),
];

export const generatedArithmetic: readonly GeneratedCase[] = [products, ...maps, ...reductions];
