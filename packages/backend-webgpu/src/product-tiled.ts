/*
 * The matrix product of a GPU. A workgroup computes a tile of 64 by 64 elements: it loads a block of k from both operands into
 * workgroup memory, where each value serves 64 products, and each invocation adds the products of 8 rows with 4 columns in
 * registers. Where the result has few tiles and k is long, as in gradients of weights, k is divided among workgroups too; each
 * writes its sums, and a second kernel adds them. The order of additions depends on the sizes alone.
 */
import { activationCode, LAYOUT, type Operands } from './product-code.js';
import { lines, range } from './text.js';
import { binding, ELEMENT_KERNEL_START } from './wgsl.js';

/** Rows and columns of a tile. */
export const TILE = 64;
/** The values of k in a block. */
export const BLOCK = 16;
const REGISTER_ROWS = 8;
const INVOCATIONS = (TILE / REGISTER_ROWS) * (TILE / 4);
const LETTERS = 'xyzw';

export interface TiledProductForm extends Operands {
  /**
   * The sums of part z of k are written to array z of c [parts, m, n], without the bias and the activation. False: z is the
   * index in the stack.
   */
  readonly divided: boolean;
}

/** WGSL of c [m, n] = activation(a [m, k] · b [k, n] (+ bias [n])) for each matrix of a stack, or for each part of k. */
export function tiledProductCode(form: TiledProductForm): string {
  const { transposeA, transposeB, bias, divided, activation } = form;
  const rows = range(REGISTER_ROWS);
  const a = transposeA ? 'k * shape.aRowStride + row' : 'row * shape.aRowStride + k';
  const b = transposeB ? 'column * shape.bRowStride + k' : 'k * shape.bRowStride + column';
  const value = (r: number, j: number) => {
    const sum = `c${r}.${LETTERS[j]}`;
    return divided ? sum : `activated(${sum}${bias ? ` + bias[column + ${j}u]` : ''})`;
  };
  return lines(
    LAYOUT,
    binding(0, 'read_write', 'c', 'array<f32>'),
    binding(1, 'read', 'a', 'array<f32>'),
    binding(2, 'read', 'b', 'array<f32>'),
    bias && binding(3, 'read', 'bias', 'array<f32>'),
    binding(bias ? 4 : 3, 'uniform', 'shape', 'Shape'),
    !divided && activationCode(activation),
    `
// One more in each row, so that neighbours along k are in different banks of the memory.
const PITCH = ${TILE / 4 + 1}u;
var<workgroup> left: array<vec4<f32>, ${BLOCK}u * PITCH>; // of four rows
var<workgroup> right: array<vec4<f32>, ${BLOCK}u * PITCH>; // of four columns

fn aAt(start: u32, row: u32, k: u32, end: u32) -> f32 {
  if (row >= shape.m || k >= end) { return 0.0; }
  return a[start + ${a}];
}
fn bAt(start: u32, k: u32, column: u32, end: u32) -> f32 {
  if (column >= shape.n || k >= end) { return 0.0; }
  return b[start + ${b}];
}

@compute @workgroup_size(${INVOCATIONS})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let firstRow = workgroup.y * ${TILE}u;
  let firstColumn = workgroup.x * ${TILE}u;
  let lane = invocation % ${TILE / 4}u;
  let group = invocation / ${TILE / 4}u;`,
    divided
      ? `  let kStart = workgroup.z * shape.partDepth;
  let kEnd = min(kStart + shape.partDepth, shape.k);
  let aStart = shape.aOffset;
  let bStart = shape.bOffset;`
      : `  let kStart = 0u;
  let kEnd = shape.k;
  let aStart = shape.aOffset + workgroup.z * shape.aStride;
  let bStart = shape.bOffset + workgroup.z * shape.bStride;`,
    '  let cStart = shape.cOffset + workgroup.z * shape.cStride;',
    rows.map((r) => `  var c${r} = vec4<f32>();`),
    `  for (var block = kStart; block < kEnd; block += ${BLOCK}u) {
    for (var i = invocation; i < ${(TILE / 4) * BLOCK}u; i += ${INVOCATIONS}u) {`,
    load('left', !transposeA, 'row', (quad) => `aAt(aStart, firstRow + ${quad}, block + k, kEnd)`),
    load('right', transposeB, 'column', (quad) => `bAt(bStart, block + k, firstColumn + ${quad}, kEnd)`),
    `    }
    workgroupBarrier();
    for (var k = 0u; k < ${BLOCK}u; k++) {
      let columns = right[k * PITCH + lane];`,
    range(REGISTER_ROWS / 4).map(
      (q) => `      let rows${q} = left[k * PITCH + group * ${REGISTER_ROWS / 4}u + ${q}u];`,
    ),
    rows.map((r) => `      c${r} = fma(vec4<f32>(rows${r >> 2}.${LETTERS[r % 4]}), columns, c${r});`),
    `    }
    workgroupBarrier();
  }
  let column = firstColumn + lane * 4u;`,
    rows.map((r) =>
      lines(
        `  {
    let row = firstRow + group * ${REGISTER_ROWS}u + ${r}u;
    let index = cStart + row * shape.cRowStride + column;`,
        range(4).map(
          (j) => `    if (row < shape.m && column + ${j}u < shape.n) { c[index + ${j}u] = ${value(r, j)}; }`,
        ),
        '  }',
      ),
    ),
    '}',
  );
}

/** Loads four neighbouring rows or columns at one k. Adjacent invocations read along k, or along the rows or columns. */
function load(target: string, alongDepth: boolean, name: string, element: (index: string) => string): string {
  return `      {
        let k = ${alongDepth ? `i % ${BLOCK}u` : `i / ${TILE / 4}u`};
        let ${name} = ${alongDepth ? `i / ${BLOCK}u` : `i % ${TILE / 4}u`};
        ${target}[k * PITCH + ${name}] = vec4<f32>(${range(4)
          .map((j) => element(`4u * ${name} + ${j}u`))
          .join(', ')});
      }`;
}

/** WGSL that adds the parts of {@link TiledProductForm.divided}: c = activation(Σ sums [parts, m, n] (+ bias [n])). */
export function addPartsCode({ bias, activation }: Pick<Operands, 'bias' | 'activation'>): string {
  return lines(
    'struct Uniforms { count: u32, n: u32, parts: u32, rowStride: u32, offset: u32 }',
    binding(0, 'read_write', 'c', 'array<f32>'),
    binding(1, 'read', 'sums', 'array<f32>'),
    bias && binding(2, 'read', 'bias', 'array<f32>'),
    binding(bias ? 3 : 2, 'uniform', 'uniforms', 'Uniforms'),
    activationCode(activation),
    ELEMENT_KERNEL_START,
    `  let column = i % uniforms.n;
  var sum = ${bias ? 'bias[column]' : '0.0'};
  for (var part = 0u; part < uniforms.parts; part++) { sum += sums[part * uniforms.count + i]; }
  c[uniforms.offset + i / uniforms.n * uniforms.rowStride + column] = activated(sum);
}`,
  );
}
