import { lines, range } from './text.js';

export interface ProductForm {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Whether the rows of each operand, as it is stored, start at multiples of 4, so that vectors can be loaded. */
  readonly vectorsA: boolean;
  readonly vectorsB: boolean;
  readonly vectorsC: boolean;
  /** A row is added to each row of the result. */
  readonly bias: boolean;
  /** Rows of the result in one invocation: a multiple of 4. */
  readonly rows: number;
}

const LETTERS = 'xyzw';

/** WGSL of c = a · b (+ bias), for `rows` by 4 elements of the result in each invocation. */
export function productCode(form: ProductForm): string {
  const { transposeA, transposeB, vectorsA, vectorsB, vectorsC, bias, rows } = form;
  const array = (vectors: boolean) => (vectors ? 'array<vec4<f32>>' : 'array<f32>');
  return lines(
    'struct Shape { m: u32, n: u32, k: u32, aRow: u32, aFrom: u32, bRow: u32, bFrom: u32, cRow: u32, cFrom: u32 }',
    `@group(0) @binding(0) var<storage, read_write> c: ${array(vectorsC)};`,
    `@group(0) @binding(1) var<storage, read> a: ${array(vectorsA)};`,
    `@group(0) @binding(2) var<storage, read> b: ${array(vectorsB)};`,
    bias && '@group(0) @binding(3) var<storage, read> bias: array<f32>;',
    `@group(0) @binding(${bias ? 4 : 3}) var<uniform> shape: Shape;`,
    store(form),
    '@compute @workgroup_size(8, 8) fn main(@builtin(global_invocation_id) id: vec3<u32>) {',
    '  let column = id.x * 4u;',
    `  let first = id.y * ${rows}u;`,
    '  if (column >= shape.n || first >= shape.m) { return; }',
    transposeA
      ? `  let aStep = ${index(vectorsA, 'shape.aRow')};`
      : range(rows).map((r) => {
          const row = `min(first + ${r}u, shape.m - 1u)`;
          return `  let aFrom${r} = ${index(vectorsA, `(${row} * shape.aRow + shape.aFrom)`)};`;
        }),
    transposeB
      ? range(4).map((j) => {
          const row = `min(column + ${j}u, shape.n - 1u)`;
          return `  let bFrom${j} = ${index(vectorsB, `(${row} * shape.bRow + shape.bFrom)`)};`;
        })
      : `  let bStep = ${index(vectorsB, 'shape.bRow')};`,
    `  let start = ${bias ? vectorOf((j) => `bias[min(column + ${j}u, shape.n - 1u)]`) : 'vec4<f32>()'};`,
    range(rows).map((r) => `  var c${r} = start;`),
    '  var k = 0u;',
    '  for (; k + 4u <= shape.k; k += 4u) {',
    block(form, false),
    '  }',
    '  if (k < shape.k) {',
    block(form, true),
    '  }',
    range(rows).map((r) => `  store(first + ${r}u, column, c${r});`),
    '}',
  );
}

/** Adds the products of four k to the result; `last`: those of them that there are. */
function block({ transposeA, transposeB, vectorsA, vectorsB, rows }: ProductForm, last: boolean): string {
  const cut = (i: number, value: string) =>
    last ? `select(vec4<f32>(), ${value}, k + ${i}u < shape.k)` : value;

  // Stored as it is, a vector of a row is four k; transposed, a vector at one k is four rows.
  const loadA = transposeA
    ? [
        `var aAt = ${index(vectorsA, '(k * shape.aRow + shape.aFrom + first)')};`,
        ...range(4).flatMap((i) => [
          ...range(rows / 4).map((quad) => {
            const left = `shape.m - min(shape.m, first + ${4 * quad}u)`;
            const place = `aAt + ${vectorsA ? quad : 4 * quad}u`;
            return `let a${quad}_${i} = ${cut(i, load('a', vectorsA, place, left))};`;
          }),
          'aAt += aStep;',
        ]),
      ]
    : [
        `let aAt = ${index(vectorsA, 'k')};`,
        ...range(rows).map((r) => `let a${r} = ${load('a', vectorsA, `aFrom${r} + aAt`, 'shape.k - k')};`),
      ];
  const a = (r: number, i: number) =>
    transposeA ? `a${Math.floor(r / 4)}_${i}.${LETTERS[r % 4]}` : `a${r}.${LETTERS[i]}`;

  const loadB = transposeB
    ? [
        `let bAt = ${index(vectorsB, 'k')};`,
        ...range(4).map((j) => `let w${j} = ${load('b', vectorsB, `bFrom${j} + bAt`, 'shape.k - k')};`),
        ...range(4).map((i) => `let b${i} = ${vectorOf((j) => `w${j}.${LETTERS[i]}`)};`),
      ]
    : [
        `var bAt = ${index(vectorsB, '(k * shape.bRow + shape.bFrom + column)')};`,
        ...range(4).flatMap((i) => [
          `let b${i} = ${cut(i, load('b', vectorsB, 'bAt', 'shape.n - column'))};`,
          'bAt += bStep;',
        ]),
      ];
  const add = range(4).flatMap((i) =>
    range(rows).map((r) => `c${r} = fma(vec4<f32>(${a(r, i)}), b${i}, c${r});`),
  );
  return lines([...loadA, ...loadB, ...add].map((line) => `    ${line}`));
}

/** Four elements from `place` on, which counts vectors or elements. Of elements, `left` are there, and the rest is 0. */
function load(name: string, vectors: boolean, place: string, left: string): string {
  return vectors
    ? `${name}[${place}]`
    : vectorOf((i) => `select(0.0, ${name}[${place} + ${i}u], ${i}u < ${left})`);
}

function store({ vectorsC }: ProductForm): string {
  return lines(
    'fn store(row: u32, column: u32, value: vec4<f32>) {',
    '  if (row >= shape.m) { return; }',
    '  let at = row * shape.cRow + shape.cFrom + column;',
    vectorsC
      ? '  c[at / 4u] = value;'
      : range(4).map((i) => `  if (column + ${i}u < shape.n) { c[at + ${i}u] = value.${LETTERS[i]}; }`),
    '}',
  );
}

const index = (vectors: boolean, elements: string) => (vectors ? `${elements} / 4u` : elements);

const vectorOf = (element: (i: number) => string) => `vec4<f32>(${range(4).map(element).join(', ')})`;
