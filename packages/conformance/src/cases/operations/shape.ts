import type { Shape, Tensor } from '@recurra/core';
import type { Capability } from '@recurra/core/backend';
import { at, build, EDGES, form, random } from '../../numbers.js';
import type { Case } from '../../suite.js';
import { exact } from '../../tolerance.js';

const group = 'operations/shape';

export const shape: Case[] = [
  {
    group,
    name: 'reshape keeps the order, and its result outlives its argument',
    async run(check) {
      const forms = [
        form([6], [2, 3]),
        form([49, 65], [65, 49]),
        form([2, 3, 4, 5], [120]),
        form([0, 3], [2, 0]),
        form([1], [1, 1, 1, 1]),
      ];
      for (const [from, to] of forms) {
        const values = random(from, 1);
        const x = check.backend.upload(values.data, from);
        const y = check.made(check.backend.reshape(x, to));
        check.backend.free(x);
        await check.tensor(`[${from}] to [${to}] at `, y, { shape: to, data: values.data }, exact);
      }
    },
  },
  {
    group,
    name: 'transpose, every permutation of ranks 1 to 4',
    async run(check) {
      const shapes = [[5], ...EDGES.map((size) => [size, 49]), [3, 4, 5], [65, 3, 47], [2, 3, 4, 5], [0, 3]];
      for (const size of shapes) {
        const values = random(size, size.length);
        const x = check.upload(values);
        for (const permutation of permutations(size.map((_, axis) => axis))) {
          const y = check.made(check.backend.transpose(x, permutation));
          const expected = build(
            permutation.map((axis) => size[axis]),
            (index) =>
              at(
                values,
                size.map((_, axis) => index[permutation.indexOf(axis)]),
              ),
          );
          await check.tensor(`[${size}] by [${permutation}] at `, y, expected, exact);
        }
      }
    },
  },
  {
    group,
    name: 'slice',
    async run(check) {
      const forms = [
        form([7], [2], [4]),
        form([65, 49], [1, 0], [64, 49]),
        form([65, 49], [0, 48], [65, 1]),
        form([47, 64], [3, 16], [40, 17]),
        form([3, 4, 5], [2, 1, 0], [1, 3, 5]),
        form([2, 3, 4, 5], [1, 0, 2, 3], [1, 3, 2, 2]),
        form([3, 4], [3, 0], [0, 4]),
      ];
      for (const [from, begin, size] of forms) {
        const values = random(from, 2);
        const y = check.made(check.backend.slice(check.upload(values), begin, size));
        const expected = build(size, (index) =>
          at(
            values,
            index.map((n, axis) => n + begin[axis]),
          ),
        );
        await check.tensor(`[${size}] of [${from}] from [${begin}] at `, y, expected, exact);
      }
    },
  },
  {
    group,
    name: 'concat, along every axis',
    async run(check) {
      const forms = [
        form([1], 0, [3]),
        form([1], 0, [47, 1, 64]),
        form([1, 49], 0, [3, 0, 65]),
        form([65, 1], 1, [1, 48, 3, 2, 1]),
        form([2, 1, 3], 1, [4, 2]),
        form([2, 3, 1], 2, [5, 1]),
        form([2, 3, 1, 4], 2, [1, 2, 3]),
        form([2, 3, 4, 1], 3, [2, 3]),
        form([0, 1], 1, [2, 3]),
      ];
      for (const [base, axis, sizes] of forms) {
        const parts = sizes.map((size, i) => random(with_(base, axis, size), i));
        const y = check.made(
          check.backend.concat(
            parts.map((part) => check.upload(part)),
            axis,
          ),
        );
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const expected = build(with_(base, axis, total), (index) => {
          let inside = index[axis];
          let part = 0;
          while (inside >= sizes[part]) inside -= sizes[part++];
          return at(parts[part], with_(index, axis, inside));
        });
        await check.tensor(`[${base}] along ${axis} in [${sizes}] at `, y, expected, exact);
      }
      const x = check.upload(random([2, 3], 9));
      const [a, b, c, d, e, f] = random([6], 9).data;
      const twice = check.made(check.backend.concat([x, x], 1));
      await check.tensor(
        'a tensor with itself at ',
        twice,
        { shape: [2, 6], data: [a, b, c, a, b, c, d, e, f, d, e, f] },
        exact,
      );
    },
  },
  fillOf('fill', [0, -1.5]),
  fillOf('fill, NaN', [Number.NaN], 'nan'),
  fillOf('fill, infinity', [Infinity, -Infinity], 'infinity'),
  moved('NaN is moved as it is', 'nan', [Number.NaN, 1, 4, 2, Number.NaN, 3]),
  moved('infinity is moved as it is', 'infinity', [5, 1, -Infinity, 2, Infinity, 3]),
];

/** @param data three rows of two */
function moved(name: string, needs: Capability, data: readonly number[]): Case {
  return {
    group,
    name,
    needs,
    async run(check) {
      const { backend } = check;
      const x = check.upload({ shape: [3, 2], data });
      const moved = async (what: string, y: Tensor, shape: Shape, order: readonly number[]) =>
        check.tensor(`${what} at `, check.made(y), { shape, data: order.map((i) => data[i]) }, exact);
      await moved('reshape', backend.reshape(x, [6]), [6], [0, 1, 2, 3, 4, 5]);
      await moved('transpose', backend.transpose(x, [1, 0]), [2, 3], [0, 2, 4, 1, 3, 5]);
      await moved('slice', backend.slice(x, [1, 0], [2, 1]), [2, 1], [2, 4]);
      await moved('concat', backend.concat([x, x], 0), [6, 2], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
      const rows = check.upload({ shape: [2], data: [2, 0] });
      await moved('gather', backend.gather(x, rows), [2, 2], [4, 5, 0, 1]);
    },
  };
}

function fillOf(name: string, values: readonly number[], needs?: Capability): Case {
  return {
    group,
    name,
    ...(needs && { needs }),
    async run(check) {
      for (const size of [[0], [1], [65], [49, 3], [2, 3, 4], [2, 3, 4, 5]]) {
        for (const value of values) {
          const y = check.made(check.backend.fill(size, value));
          const expected = build(size, () => value);
          await check.tensor(`[${size}] of ${value} at `, y, expected, exact);
        }
      }
    },
  };
}

export function permutations(axes: readonly number[]): number[][] {
  if (axes.length === 0) return [[]];
  return axes.flatMap((axis) =>
    permutations(axes.filter((other) => other !== axis)).map((rest) => [axis, ...rest]),
  );
}

function with_(shape: Shape, axis: number, size: number): number[] {
  return shape.map((dimension, i) => (i === axis ? size : dimension));
}
