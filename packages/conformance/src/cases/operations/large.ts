/*
 * More than 65,535 elements, rows or columns, long sums, and many operands. All summands are whole numbers
 * whose sums are exact in float32 in any order, so that the bound need not grow with the number of terms.
 */
import type { Shape } from '@recurra/core';
import type { BinaryOp, UnaryOp } from '@recurra/core/backend';
import { form, random, whole, wholeNumbers } from '../../numbers.js';
import { type Call, provesOperation } from '../../operation-proof.js';
import type { Case } from '../../suite.js';
import { ofOperation } from '../../tolerance.js';
import { permutations } from './shape.js';

const group = 'operations/large';
const MANY = 70_003;
const PLANE = [300, 301];
const BLOCK = [5, 20, 30, 25];

const called = (what: string, call: Call) => [what, call] as const;

/** One case that makes several calls. */
function calls(name: string, list: () => readonly (readonly [what: string, call: Call])[]): Case {
  return {
    group,
    name,
    async run(check) {
      for (const [what, call] of list()) await provesOperation(check, call, `${what}: `);
    },
  };
}

const UNARY: readonly UnaryOp[] = [
  'exp',
  'log',
  'sqrt',
  'abs',
  'relu',
  'sigmoid',
  'tanh',
  'softplus',
  'step',
];
const BINARY: readonly BinaryOp[] = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'];
const PAIRS = [
  form([MANY], [MANY]),
  form([1], [MANY]),
  form([MANY, 1], [1, 2]),
  form(PLANE, [301]),
  form([300, 1], PLANE),
  form(BLOCK, [20, 1, 25]),
];

const elementwise = [
  calls('unary operations', () =>
    UNARY.map((op) => {
      const x = random([MANY], 1, op === 'log' || op === 'sqrt' ? 0.1 : -9, 9);
      return called(op, {
        inputs: [x],
        run: (backend, [x]) => backend.unary(op, x),
        bound: ({ data }, precision) => ofOperation(op, { magnitudes: data, x: x.data }, precision),
      });
    }),
  ),
  ...BINARY.map((op) =>
    calls(`${op}, broadcast`, () =>
      PAIRS.map(([a, b]) =>
        called(`[${a}] and [${b}]`, {
          inputs: [random(a, 1, -2, 2), random(b, 2, 0.25, 2)],
          run: (backend, [a, b]) => backend.binary(op, a, b),
          bound: ({ data }, precision) => ofOperation(op, { magnitudes: data }, precision),
        }),
      ),
    ),
  ),
  calls('affine, select and fill', () => [
    called('affine', {
      inputs: [wholeNumbers([MANY], 1, 99)],
      run: (backend, [x]) => backend.affine(x, -2.5, 3),
    }),
    ...[form([MANY], [MANY], [1]), form([300, 1], [301], PLANE), form([25], BLOCK, [30, 1])].map(
      ([c, a, b]) =>
        called(`select [${c}], [${a}], [${b}]`, {
          inputs: [wholeNumbers(c, 1, 1), random(a, 2), random(b, 3)],
          run: (backend, [c, a, b]) => backend.select(c, a, b),
        }),
    ),
    ...[[MANY], PLANE, BLOCK].map((shape) =>
      called(`fill [${shape}]`, { inputs: [], run: (backend) => backend.fill(shape, 1.5) }),
    ),
  ]),
];

const AXES: readonly (readonly [Shape, readonly number[]])[] = [
  form([MANY], [0]),
  form([MANY, 2], [0]),
  form([MANY, 2], [1]),
  form([2, MANY], [1]),
  form([2, MANY], [0]),
  form(PLANE, [0, 1]),
  form([17, 4290], [1]),
  ...[[0], [1], [2], [3], [0, 2], [1, 3], [1, 2], [0, 1, 3], [0, 1, 2, 3]].map((axes) => form(BLOCK, axes)),
];

const reductions = [
  ...(['sum', 'max'] as const).map((op) =>
    calls(op, () =>
      AXES.map(([shape, axes]) =>
        called(`[${shape}] over [${axes}]`, {
          inputs: [wholeNumbers(shape, 3, op === 'sum' ? 200 : 1e6)],
          run: (backend, [x]) => backend[op](x, axes),
        }),
      ),
    ),
  ),
  ...(['softmax', 'logSoftmax'] as const).map((op) =>
    calls(op, () =>
      [
        form([MANY, 2], 5),
        form([300, 300], 5),
        form([2, 5000], 5),
        form([257, 33], 5),
        form([3, 300], op === 'logSoftmax' ? 1e4 : 40),
      ].map(([shape, reach]) =>
        called(`[${shape}] up to ${reach}`, {
          inputs: [random(shape, 4, -reach, reach)],
          run: (backend, [x]) => backend[op](x),
          bound({ data }, precision) {
            const magnitudes = op === 'softmax' ? data : Array.from(data, (y) => Math.max(1, Math.abs(y)));
            return ofOperation(op, { magnitudes, terms: shape[1], x: 2 * reach }, precision);
          },
        }),
      ),
    ),
  ),
];

const moves = [
  calls('transpose, every permutation', () =>
    [[MANY, 2], PLANE, [7, 100, 101], BLOCK].flatMap((shape) =>
      permutations([...shape.keys()]).map((permutation) =>
        called(`[${shape}] by [${permutation}]`, {
          inputs: [random(shape, 5)],
          run: (backend, [x]) => backend.transpose(x, permutation),
        }),
      ),
    ),
  ),
  calls('slice, to the end', () =>
    [
      form([MANY], [MANY - 3], [3]),
      form([MANY], [1], [MANY - 1]),
      form([MANY, 2], [MANY - 1, 1], [1, 1]),
      form(PLANE, [1, 299], [299, 2]),
      form(BLOCK, [4, 19, 29, 24], [1, 1, 1, 1]),
      form(BLOCK, [1, 0, 1, 1], [4, 20, 29, 24]),
    ].map(([shape, begin, size]) =>
      called(`[${size}] of [${shape}] from [${begin}]`, {
        inputs: [random(shape, 6)],
        run: (backend, [x]) => backend.slice(x, begin, size),
      }),
    ),
  ),
  calls('concat of many', () =>
    [
      form(9, [2, 3], 1),
      form(17, [1, 300], 0),
      form(40, [3, 2, 5], 1),
      form(300, [2, 3], 0),
      form(3, [1, 30_000], 0),
      form(3, [25_000, 1], 1),
    ].map(([count, shape, axis]) =>
      called(`${count} of [${shape}] along ${axis}`, {
        inputs: Array.from({ length: count }, (_, i) => random(shape, i)),
        run: (backend, xs) => backend.concat(xs, axis),
      }),
    ),
  ),
  calls('reshape', () => [
    called('to rank 3', {
      inputs: [random(PLANE, 7)],
      run: (backend, [x]) => backend.reshape(x, [43, 7, 300]),
    }),
  ]),
];

/** [rows of the table, width, number of indices] */
const LOOKUPS = [form(MANY, 2, 9), form(3, 2, MANY), form(5, 3, 1000), form(300, 300, 301), form(2, MANY, 3)];

const lookups = [
  calls('gather, the last row and many', () =>
    LOOKUPS.map(([rows, width, count]) =>
      called(`${count} of [${rows},${width}]`, {
        inputs: [
          random([rows, width], 8),
          { shape: [count], data: [rows - 1, ...whole(count - 1, 9, rows)] },
        ],
        run: (backend, [table, indices]) => backend.gather(table, indices),
      }),
    ),
  ),
  calls('scatterAdd, the last row and many repeats', () =>
    LOOKUPS.map(([rows, width, count]) =>
      called(`${count} to [${rows},${width}]`, {
        inputs: [
          { shape: [count], data: [rows - 1, ...whole(count - 1, 9, rows)] },
          wholeNumbers([count, width], 8, 200),
        ],
        run: (backend, [indices, updates]) => backend.scatterAdd(indices, updates, rows),
      }),
    ),
  ),
];

/** [m, k, n], and the largest magnitudes in a and in b. */
const PRODUCTS = [
  form([33, 1000, 65], 2000, 8),
  form([129, 1000, 3], 2000, 8),
  form([2, 1000, 127], 2000, 8),
  form([128, 257, 129], 2000, 30),
  form([5, 4290, 7], 1000, 3),
  form([MANY, 2, 3], 2000, 2000),
  form([3, 2, MANY], 2000, 2000),
  form([2, MANY, 3], 100, 2),
];

const products = [
  form('a · b', false, false),
  form('aᵀ · b', true, false),
  form('a · bᵀ', false, true),
  form('aᵀ · bᵀ', true, true),
].map(([name, transposeA, transposeB]) =>
  calls(`matmul, ${name}`, () =>
    PRODUCTS.map(([[m, k, n], ofA, ofB]) =>
      called(`[${m},${k}] · [${k},${n}]`, {
        inputs: [
          wholeNumbers(transposeA ? [k, m] : [m, k], 10, ofA),
          wholeNumbers(transposeB ? [n, k] : [k, n], 11, ofB),
        ],
        run: (backend, [a, b]) => backend.matmul(a, b, transposeA, transposeB),
      }),
    ),
  ),
);

export const large: Case[] = [...elementwise, ...reductions, ...moves, ...lookups, ...products];
