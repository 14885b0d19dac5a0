/* The operations that move numbers, over generated shapes, permutations, blocks and indices. */
import { sizeOf } from '@recurra/core/backend';
import fc from 'fast-check';
import { type GeneratedCase, longSize, numbersFrom, shape, shapeOf, size } from '../../generation.js';
import { random, whole } from '../../numbers.js';
import { ofOperation } from '../../tolerance.js';
import { operation, quarters, SIGNED } from './operation.js';

/** A shape and one of its axes. */
const withAxis = shape.chain((shape) =>
  fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1) }),
);
const moves = [
  operation('reshape', fc.record({ shape: shapeOf(), seed: numbersFrom }), ({ shape, seed }) => ({
    inputs: [random(shape, seed)],
    run: (backend, [x]) => backend.reshape(x, [sizeOf(shape.slice(0, 1)), sizeOf(shape.slice(1))]),
  })),
  operation(
    'transpose',
    shape.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        permutation: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        seed: numbersFrom,
      }),
    ),
    ({ shape, permutation, seed }) => ({
      inputs: [random(shape, seed)],
      run: (backend, [x]) => backend.transpose(x, permutation),
    }),
  ),
  operation(
    'slice',
    shape.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        ends: fc.tuple(...shape.map((n) => fc.tuple(fc.nat(n), fc.nat(n)))),
        seed: numbersFrom,
      }),
    ),
    ({ shape, ends, seed }) => ({
      inputs: [random(shape, seed)],
      run: (backend, [x]) =>
        backend.slice(
          x,
          ends.map((pair) => Math.min(...pair)),
          ends.map(([a, b]) => Math.abs(a - b)),
        ),
    }),
  ),
  operation(
    'concat',
    fc.record({ at: withAxis, sizes: fc.array(size, { minLength: 1, maxLength: 5 }), seed: numbersFrom }),
    ({ at: { shape, axis }, sizes, seed }) => ({
      inputs: sizes.map((size, i) =>
        random(
          shape.map((n, other) => (other === axis ? size : n)),
          seed + i,
        ),
      ),
      run: (backend, xs) => backend.concat(xs, axis),
    }),
  ),
  operation('fill', fc.record({ shape, value: quarters }), ({ shape, value }) => ({
    inputs: [],
    run: (backend) => backend.fill(shape, value),
  })),
];

const table = fc.record({
  rows: fc.integer({ min: 1, max: 70 }),
  width: longSize,
  count: longSize,
  seed: numbersFrom,
});

const lookups = [
  operation('gather', table, ({ rows, width, count, seed }) => ({
    inputs: [random([rows, width], seed), { shape: [count], data: whole(count, seed + 1, rows) }],
    run: (backend, [table, indices]) => backend.gather(table, indices),
  })),
  operation('scatterAdd', table, ({ rows, width, count, seed }) => ({
    inputs: [{ shape: [count], data: whole(count, seed, rows) }, random([count, width], seed + 1, ...SIGNED)],
    run: (backend, [indices, updates]) => backend.scatterAdd(indices, updates, rows),
    boundOfTerms: ({ data }, precision) =>
      ofOperation('scatterAdd', { magnitudes: data, terms: count }, precision),
  })),
];

export const generatedMoves: readonly GeneratedCase[] = [...moves, ...lookups];
