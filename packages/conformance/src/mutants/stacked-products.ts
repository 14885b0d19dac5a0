/* Wrong products of stacks of matrices; products of single matrices are right. */
import type { Backend, Tape, Tensor } from '@recurra/core';
import { firstOnly, zeros } from './kernels.js';
import { compute, type Mutant, mutant } from './mutant.js';

/** For operands of rank 3 only. */
const stacks = (
  name: string,
  what: string,
  product: (
    tape: Tape,
    a: Tensor,
    b: Tensor,
    transposed: { transposeA: boolean; transposeB: boolean },
  ) => Tensor,
): Mutant =>
  mutant(`matmul of stacks: ${name}`, what, 'operations/matmul: stacks', (right) => ({
    matmul(a, b, transposeA, transposeB) {
      if (a.shape.length === 2) return right.matmul(a, b, transposeA, transposeB);
      return compute(right, (tape) => product(tape, a, b, { transposeA, transposeB }));
    },
  }));

/** The matrices of a stack, each by its index among them. */
const reordered = (tape: Tape, x: Tensor, indexOf: (i: number) => number): Tensor => {
  const [count, rows, columns] = x.shape;
  if (count === 0) return x;
  const matrices = tape.split(x, new Array(count).fill(1), 0);
  return tape.reshape(
    tape.concat(
      matrices.map((_, i) => matrices[indexOf(i)]),
      0,
    ),
    [count, rows, columns],
  );
};

/** The same elements, row-major, under the transposed shape. */
const misread = (tape: Tape, x: Tensor): Tensor => {
  const [count, rows, columns] = x.shape;
  return tape.transpose(tape.reshape(x, [count, columns, rows]), [0, 2, 1]);
};

const crash: Mutant = mutant(
  'matmul of stacks: none crashes',
  'a stack without matrices cannot be multiplied',
  'operations/matmul: stacks',
  (right: Backend) => ({
    matmul(a, ...rest) {
      if (a.shape.length === 3 && a.shape[0] === 0) throw new Error('no workgroups');
      return right.matmul(a, ...rest);
    },
  }),
);

export const stackedProducts: Mutant[] = [
  stacks('one b for all', 'the stride between the matrices of b is 0', (tape, a, b, form) =>
    tape.matmul(
      a,
      reordered(tape, b, () => 0),
      form,
    ),
  ),
  stacks('one a for all', 'the stride between the matrices of a is 0', (tape, a, b, form) =>
    tape.matmul(
      reordered(tape, a, () => 0),
      b,
      form,
    ),
  ),
  stacks(
    'the stride of b is that of a',
    'the matrices of b are read at the wrong offsets if m · k and k · n differ',
    (tape, a, b, form) => {
      const [count, rows, columns] = b.shape;
      const [size, stride] = [rows * columns, a.shape[1] * a.shape[2]];
      if (size === stride || size === 0) return tape.matmul(a, b, form);
      const flat = tape.reshape(b, [count * size]);
      const matrices = Array.from({ length: count }, (_, i) =>
        tape.slice(flat, [Math.min(i * stride, (count - 1) * size)], [size]),
      );
      const wrong = count === 0 ? b : tape.reshape(tape.concat(matrices, 0), b.shape);
      return tape.matmul(a, wrong, form);
    },
  ),
  stacks(
    'the last matrix is left out',
    'if there are several matrices, the last one is zero',
    (tape, a, b, form) => {
      const y = tape.matmul(a, b, form);
      return firstOnly(tape, y, 0, Math.max(1, y.shape[0] - 1));
    },
  ),
  stacks('16 matrices', 'matrices past the limit are zero', (tape, a, b, form) =>
    firstOnly(tape, tape.matmul(a, b, form), 0, 16),
  ),
  stacks('4096 matrices', 'matrices past the limit are zero', (tape, a, b, form) =>
    firstOnly(tape, tape.matmul(a, b, form), 0, 4096),
  ),
  stacks('16 rows', 'rows of each matrix past the limit are zero', (tape, a, b, form) =>
    firstOnly(tape, tape.matmul(a, b, form), 1, 16),
  ),
  stacks('64 columns', 'columns of each matrix past the limit are zero', (tape, a, b, form) =>
    firstOnly(tape, tape.matmul(a, b, form), 2, 64),
  ),
  stacks('64 terms', 'terms past the limit are left out', (tape, a, b, form) =>
    tape.matmul(firstOnly(tape, a, form.transposeA ? 1 : 2, 64), b, form),
  ),
  stacks('aᵀ misread', 'a transposed a is read as if it were not', (tape, a, b, form) =>
    tape.matmul(form.transposeA ? misread(tape, a) : a, b, form),
  ),
  stacks('bᵀ misread', 'a transposed b is read as if it were not', (tape, a, b, form) =>
    tape.matmul(a, form.transposeB ? misread(tape, b) : b, form),
  ),
  stacks(
    'aᵀ · bᵀ in another order',
    'the matrices of the result are in reverse order',
    (tape, a, b, form) => {
      const y = tape.matmul(a, b, form);
      const both = form.transposeA && form.transposeB;
      return both ? reordered(tape, y, (i) => y.shape[0] - 1 - i) : y;
    },
  ),
  stacks('no terms', 'a product without terms is not zero', (tape, a, b, form) => {
    const y = tape.matmul(a, b, form);
    return a.shape[form.transposeA ? 1 : 2] > 0 ? y : tape.affine(zeros(tape, y), 1, 1);
  }),
  stacks('NaN in the next matrix', 'NaN in one matrix spreads to the others', (tape, a, b, form) => {
    const y = tape.matmul(a, b, form);
    if (y.shape.includes(0)) return y;
    return tape.add(y, tape.affine(tape.sum(y), 0));
  }),
  crash,
];
