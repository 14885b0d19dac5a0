import { lines, range } from './text.js';
import { FUNCTIONS } from './wgsl.js';

/** What the code of every product depends on. */
export interface Operands {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** True if a bias [n] is added to each row. */
  readonly bias: boolean;
  /** A function of each element y of the result, as an expression. */
  readonly activation: string;
}

/** A product without workgroup memory. */
export interface ProductForm extends Operands {
  /**
   * For each operand: true if its stored rows start at multiples of 4 elements, so that it can be read or
   * written as vectors.
   */
  readonly vectorsA: boolean;
  readonly vectorsB: boolean;
  readonly vectorsC: boolean;
  /** False if k is a multiple of 4 and a or b is read as vectors, which leaves nothing to be added one by one. */
  readonly remainder: boolean;
  /** The rows that one invocation computes: a multiple of 4. */
  readonly rows: number;
  /** The columns that one invocation computes: a multiple of 4. */
  readonly columns: number;
}

const LETTERS = 'xyzw';

/**
 * The layout of each operand: the strides of rows and of matrices, and the offset, in elements. Then the values of k in each
 * part, if k is divided.
 */
export const LAYOUT = `
struct Shape {
  m: u32, n: u32, k: u32,
  aRowStride: u32, aStride: u32, aOffset: u32,
  bRowStride: u32, bStride: u32, bOffset: u32,
  cRowStride: u32, cStride: u32, cOffset: u32,
  partDepth: u32,
}`;

/** `fn activated(y: f32) -> f32`. */
export const activationCode = (activation: string) =>
  lines(activation !== 'y' && FUNCTIONS, `fn activated(y: f32) -> f32 { return ${activation}; }`);

/**
 * WGSL of c [m, n] = activation(a [m, k] · b [k, n] (+ bias [n])) for each matrix of a stack. An invocation computes `rows` by `columns` elements;
 * id.z is the index in the stack.
 */
export function productCode(form: ProductForm): string {
  const { transposeA, transposeB, vectorsA, vectorsB, vectorsC, remainder, bias, rows, columns } = form;
  const quads = range(columns / 4);
  const array = (vectors: boolean) => (vectors ? 'array<vec4<f32>>' : 'array<f32>');
  return lines(
    LAYOUT,
    `@group(0) @binding(0) var<storage, read_write> c: ${array(vectorsC)};`,
    `@group(0) @binding(1) var<storage, read> a: ${array(vectorsA)};`,
    `@group(0) @binding(2) var<storage, read> b: ${array(vectorsB)};`,
    bias && '@group(0) @binding(3) var<storage, read> bias: array<f32>;',
    `@group(0) @binding(${bias ? 4 : 3}) var<uniform> shape: Shape;`,
    store(form),
    '@compute @workgroup_size(8, 8) fn main(@builtin(global_invocation_id) id: vec3<u32>) {',
    `  let column = id.x * ${columns}u;`,
    `  let first = id.y * ${rows}u;`,
    '  if (column >= shape.n || first >= shape.m) { return; }',
    '  let aStart = shape.aOffset + id.z * shape.aStride;',
    '  let bStart = shape.bOffset + id.z * shape.bStride;',
    '  let cStart = shape.cOffset + id.z * shape.cStride;',
    transposeA
      ? `  let aRowStep = ${index(vectorsA, 'shape.aRowStride')};`
      : range(rows).map((r) => {
          const row = `min(first + ${r}u, shape.m - 1u)`;
          return `  let aRow${r} = ${index(vectorsA, `(${row} * shape.aRowStride + aStart)`)};`;
        }),
    transposeB
      ? range(columns).map((j) => {
          const row = `min(column + ${j}u, shape.n - 1u)`;
          return `  let bRow${j} = ${index(vectorsB, `(${row} * shape.bRowStride + bStart)`)};`;
        })
      : `  let bRowStep = ${index(vectorsB, 'shape.bRowStride')};`,
    quads.map((q) => {
      const sum = bias ? vectorOf((j) => `bias[min(column + ${4 * q + j}u, shape.n - 1u)]`) : 'vec4<f32>()';
      return `  let initial${q} = ${sum};`;
    }),
    range(rows).flatMap((r) => quads.map((q) => `  var c${r}_${q} = initial${q};`)),
    '  var k = 0u;',
    // Without vectors, a block would have as many loads as four single values, and take four times as long to compile.
    (vectorsA || vectorsB) && ['  for (; k + 4u <= shape.k; k += 4u) {', block(form), '  }'],
    // One by one, because another block would take as long to compile as the first.
    remainder && ['  for (; k < shape.k; k++) {', single(form), '  }'],
    range(rows).flatMap((r) =>
      quads.map((q) => `  store(cStart, first + ${r}u, column + ${4 * q}u, c${r}_${q});`),
    ),
    '}',
  );
}

/*
 * Rows and columns past the end read something within the buffer, which is not stored. A vector of a row holds four values of k;
 * if the transpose is stored, a vector holds four rows, or columns, at one value of k.
 */

/** Adds the products of four values of k to the result. */
function block(form: ProductForm): string {
  const { transposeA, transposeB, vectorsA, vectorsB, rows, columns } = form;
  const quads = range(columns / 4);
  const loadA = transposeA
    ? [
        `var aIndex = ${index(vectorsA, '(k * shape.aRowStride + aStart + first)')};`,
        ...range(4).flatMap((i) => [
          ...range(rows / 4).map((quad) => `let a${quad}_${i} = ${load('a', vectorsA, 'aIndex', quad)};`),
          'aIndex += aRowStep;',
        ]),
      ]
    : [
        `let aIndex = ${index(vectorsA, 'k')};`,
        ...range(rows).map((r) => `let a${r} = ${load('a', vectorsA, `aRow${r} + aIndex`)};`),
      ];
  const a = (r: number, i: number) =>
    transposeA ? `a${Math.floor(r / 4)}_${i}.${LETTERS[r % 4]}` : `a${r}.${LETTERS[i]}`;

  const loadB = transposeB
    ? [
        `let bIndex = ${index(vectorsB, 'k')};`,
        ...range(columns).map((j) => `let w${j} = ${load('b', vectorsB, `bRow${j} + bIndex`)};`),
        ...range(4).flatMap((i) =>
          quads.map((q) => `let b${q}_${i} = ${vectorOf((j) => `w${4 * q + j}.${LETTERS[i]}`)};`),
        ),
      ]
    : [
        `var bIndex = ${index(vectorsB, '(k * shape.bRowStride + bStart + column)')};`,
        ...range(4).flatMap((i) => [
          ...quads.map((q) => `let b${q}_${i} = ${load('b', vectorsB, 'bIndex', q)};`),
          'bIndex += bRowStep;',
        ]),
      ];
  /** In one expression: a software adapter writes each assignment to memory. */
  const add = range(rows).flatMap((r) =>
    quads.map((q) => {
      const sum = range(4).reduce((c, i) => `fma(vec4<f32>(${a(r, i)}), b${q}_${i}, ${c})`, `c${r}_${q}`);
      return `c${r}_${q} = ${sum};`;
    }),
  );
  return lines([...loadA, ...loadB, ...add].map((line) => `    ${line}`));
}

/** Adds the products of one value of k to the result. */
function single({ transposeA, transposeB, vectorsA, vectorsB, rows, columns }: ProductForm): string {
  const quads = range(columns / 4);
  const along = (name: string, vectors: boolean, row: string) =>
    vectors ? `${name}[${row} + (k >> 2u)][k & 3u]` : `${name}[${row} + k]`;
  const a = (r: number) => `a${Math.floor(r / 4)}.${LETTERS[r % 4]}`;
  const start = (name: string, vectors: boolean, first: string) =>
    `let ${name}Index = ${index(vectors, `(k * shape.${name}RowStride + ${name}Start + ${first})`)};`;
  return lines(
    transposeA && start('a', vectorsA, 'first'),
    range(rows / 4).map((quad) => {
      const row = (i: number) => along('a', vectorsA, `aRow${4 * quad + i}`);
      return `let a${quad} = ${transposeA ? load('a', vectorsA, 'aIndex', quad) : vectorOf(row)};`;
    }),
    !transposeB && start('b', vectorsB, 'column'),
    quads.map((q) => {
      const column = (j: number) => along('b', vectorsB, `bRow${4 * q + j}`);
      return `let b${q} = ${transposeB ? vectorOf(column) : load('b', vectorsB, 'bIndex', q)};`;
    }),
    range(rows).flatMap((r) => quads.map((q) => `c${r}_${q} = fma(vec4<f32>(${a(r)}), b${q}, c${r}_${q});`)),
  );
}

/** Loads four elements: number `quad` from `position` on, which counts vectors or elements. */
function load(name: string, vectors: boolean, position: string, quad = 0): string {
  return vectors
    ? `${name}[${position} + ${quad}u]`
    : vectorOf((i) => `${name}[${position} + ${4 * quad + i}u]`);
}

function store({ vectorsC, activation }: ProductForm): string {
  const applied = activation !== 'y';
  return lines(
    applied && activationCode(activation),
    'fn store(cStart: u32, row: u32, column: u32, sum: vec4<f32>) {',
    '  if (row >= shape.m || column >= shape.n) { return; }',
    `  let value = ${applied ? vectorOf((j) => `activated(sum.${LETTERS[j]})`) : 'sum'};`,
    '  let index = row * shape.cRowStride + cStart + column;',
    vectorsC
      ? '  c[index >> 2u] = value;'
      : range(4).map((i) => `  if (column + ${i}u < shape.n) { c[index + ${i}u] = value.${LETTERS[i]}; }`),
    '}',
  );
}

// A shift, because a software adapter divides each element on its own.
const index = (vectors: boolean, elements: string) => (vectors ? `(${elements} >> 2u)` : elements);

const vectorOf = (element: (i: number) => string) => `vec4<f32>(${range(4).map(element).join(', ')})`;
