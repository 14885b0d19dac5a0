/* Wrong versions of the operations that only move elements. */
import { sizeOf } from '@recurra/core/backend';
import { compute, type Mutant, roundTo, triedFirst } from './mutant.js';

const shape = triedFirst('operations/shape');
const indexing = triedFirst('operations/indexing');

export const arrangement: Mutant[] = [
  shape('transpose: as reshape', 'the shape is permuted but the elements are not', (right) => ({
    transpose: (x, permutation) =>
      right.reshape(
        x,
        permutation.map((axis) => x.shape[axis]),
      ),
  })),
  shape('transpose: the inverse', 'the inverse permutation is applied to the elements', (right) => ({
    transpose: (x, permutation) =>
      compute(right, (tape) => {
        const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
        return tape.reshape(
          tape.transpose(x, inverse),
          permutation.map((axis) => x.shape[axis]),
        );
      }),
  })),
  shape('slice: one early', 'the slice begins one element too early, where possible', (right) => ({
    slice: (x, begin, size) =>
      right.slice(
        x,
        begin.map((at) => Math.max(0, at - 1)),
        size,
      ),
  })),
  shape('slice: columns from 0', 'of several axes, the begin of the last one is ignored', (right) => ({
    slice: (x, begin, size) =>
      right.slice(
        x,
        begin.map((at, axis) => (axis > 0 && axis === begin.length - 1 ? 0 : at)),
        size,
      ),
  })),
  shape('concat: last first', 'the parts are concatenated in reverse order', (right) => ({
    concat: (xs, axis) => right.concat([...xs].reverse(), axis),
  })),
  shape(
    'concat: by rows',
    'parts that should be joined along the last axis are stored one after the other',
    (right) => ({
      concat: (xs, axis) => {
        const { shape } = xs[0];
        if (axis === 0 || axis !== shape.length - 1) return right.concat(xs, axis);
        return compute(right, (tape) => {
          const parts = xs.map((x) => tape.reshape(x, [sizeOf(x.shape)]));
          const width = xs.reduce((sum, x) => sum + x.shape[axis], 0);
          return tape.reshape(tape.concat(parts, 0), [...shape.slice(0, -1), width]);
        });
      },
    }),
  ),
  shape('fill: one element is zero', 'the value is ignored where the size is 1', (right) => ({
    fill: (size, value) => right.fill(size, sizeOf(size) === 1 ? 0 : value),
  })),
  shape('fill: nothing crashes', 'a tensor without elements cannot be made', (right) => ({
    fill: (size, value) => {
      if (sizeOf(size) === 0) throw new Error('out of memory: 0 bytes');
      return right.fill(size, value);
    },
  })),

  indexing('gather: the next row', 'row i + 1 for index i, where there is one', (right) => ({
    gather: (table, indices) =>
      compute(right, (tape) =>
        tape.gather(table, tape.minimum(tape.affine(indices, 1, 1), tape.fill([1], table.shape[0] - 1))),
      ),
  })),
  indexing('gather: half float indices', 'an index above 2048 loses its last bits', (right) => ({
    gather: (table, indices) =>
      compute(right, (tape) =>
        tape.gather(table, tape.minimum(roundTo(11, tape, indices), tape.fill([1], table.shape[0] - 1))),
      ),
  })),
  indexing('scatterAdd: overwrites', 'of repeated indices only the last one has an effect', (right) => ({
    scatterAdd: (indices, updates, rows) =>
      compute(right, (tape) => {
        const count = indices.shape[0];
        const other = tape.sub(tape.reshape(indices, [count, 1]), indices);
        const repeated = tape.affine(tape.step(tape.abs(other)), -1, 1);
        const after = Float64Array.from(
          { length: count * count },
          (_, i) => +(i % count > Math.floor(i / count)),
        );
        const later = tape.sum(tape.mul(repeated, tape.constant(after, [count, count])), [1]);
        return tape.scatterAdd(indices, tape.mul(updates, tape.affine(tape.step(later), -1, 1)), rows);
      }),
  })),
  indexing(
    'scatterAdd: the last update is lost',
    'with 64 or more updates, the last one is not added',
    (right) => ({
      scatterAdd: (indices, updates, rows) => {
        const [count, width] = updates.shape;
        if (count < 64) return right.scatterAdd(indices, updates, rows);
        return compute(right, (tape) =>
          tape.scatterAdd(
            tape.slice(indices, [0], [count - 1]),
            tape.slice(updates, [0, 0], [count - 1, width]),
            rows,
          ),
        );
      },
    }),
  ),
];
