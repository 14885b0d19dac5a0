import { type Kernels, loopBound, type Storage } from './kernels.js';
import type { Context } from './memory.js';
import { FLAT } from './strides.js';

/** Updates [count, width] for the rows of a result [rows, width]. */
export interface Scatter {
  /** [count], the row of each update. */
  readonly indices: Storage;
  readonly updates: Storage;
  readonly count: number;
  readonly width: number;
  readonly rows: number;
}

/** With fewer reads in one pass than this, further launches cost more than they save. */
const MANY_READS = 2 ** 20;

/**
 * A shader cannot choose its output index, so each element of the result adds up its updates, in their order. It searches all
 * updates for them or, if that would be many reads, takes them from the updates sorted by row.
 */
export function scatter(context: Context, of: Scatter): Storage {
  const { count, width, rows } = of;
  const sorting = 2 * count + rows + 1;
  const isLarge = rows * width * count > MANY_READS && rows * width > 4 * sorting;
  return isLarge ? fromSorted(context, of) : fromAll(context, of);
}

function fromAll({ kernel, outputOf }: Context, { indices, updates, count, width, rows }: Scatter): Storage {
  const bound = loopBound(count);
  const launch = kernel(`scatterAdd of up to ${bound}`, () => ({
    // indices [count], updates [count, width] → [rows, width]
    source: `function (indices, updates, count, width) {
      var i = ${FLAT};
      var row = quotient(i, width);
      var column = i - row * width;
      var sum = 0;
      for (var t = 0; t < ${bound}; t++) {
        if (t >= count) { break; }
        if (indices[t] === row) { sum = sum + updates[t * width + column]; }
      }
      return sum;
    }`,
    types: ['texture', 'texture', 'number', 'number'],
  }));
  return launch(outputOf([rows, width]), indices, updates, count, width);
}

/** Sorts by counting: count · (2 · count + rows) reads of indices, and one read of each update. */
function fromSorted(
  { kernel, outputOf, drop }: Context,
  { indices, updates, count, width, rows }: Scatter,
): Storage {
  const bound = loopBound(count);
  const { starts, positions, order, sums } = kernelsOf(kernel, bound);
  const start = starts(outputOf([rows + 1]), indices, count);
  const position = positions(outputOf([count]), indices, count);
  const sorted = order(outputOf([count]), position, count);
  const result = sums(outputOf([rows, width]), start, sorted, updates, width);
  for (const storage of [start, position, sorted]) drop(storage);
  return result;
}

const kernelsOf = (kernel: Kernels['of'], bound: number) => ({
  /** [rows + 1]: the number of updates for the rows before each row. */
  starts: kernel(`scatterAdd, starts of up to ${bound}`, () => ({
    source: `function (indices, count) {
      var row = ${FLAT};
      var before = 0;
      for (var t = 0; t < ${bound}; t++) {
        if (t >= count) { break; }
        if (indices[t] < row) { before = before + 1; }
      }
      return before;
    }`,
    types: ['texture', 'number'],
  })),
  /** [count]: the place of each update when they are sorted by row, and those of a row by their order. */
  positions: kernel(`scatterAdd, positions of up to ${bound}`, () => ({
    source: `function (indices, count) {
      var i = ${FLAT};
      var row = indices[i];
      var before = 0;
      for (var t = 0; t < ${bound}; t++) {
        if (t >= count) { break; }
        var other = indices[t];
        if (other < row || (other === row && t < i)) { before = before + 1; }
      }
      return before;
    }`,
    types: ['texture', 'number'],
  })),
  /** [count]: the update at each place. */
  order: kernel(`scatterAdd, order of up to ${bound}`, () => ({
    source: `function (positions, count) {
      var place = ${FLAT};
      var found = 0;
      for (var t = 0; t < ${bound}; t++) {
        if (t >= count) { break; }
        if (positions[t] === place) { found = t; break; }
      }
      return found;
    }`,
    types: ['texture', 'number'],
  })),
  sums: kernel(`scatterAdd, sums of up to ${bound}`, () => ({
    source: `function (starts, order, updates, width) {
      var i = ${FLAT};
      var row = quotient(i, width);
      var column = i - row * width;
      var start = starts[row];
      var end = starts[row + 1];
      var sum = 0;
      for (var t = 0; t < ${bound}; t++) {
        if (start + t >= end) { break; }
        sum = sum + updates[order[start + t] * width + column];
      }
      return sum;
    }`,
    types: ['texture', 'texture', 'texture', 'number'],
  })),
});
