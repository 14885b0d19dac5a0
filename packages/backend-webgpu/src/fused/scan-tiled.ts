/*
 * One phase of one step, in tiles. A workgroup computes a tile of rows by units:
 *
 * 1. It loads a block of k from both operands into workgroup memory, where each value serves all rows or units of the tile.
 * 2. Each invocation adds the products of a few rows with a few columns in registers, for its part of the block.
 * 3. After the last block, the parts are added in workgroup memory, and each row and unit of the tile is finished: the gates'
 *    functions forward, their derivatives backward.
 *
 * So a step is one dispatch for each of its phases. The order of additions is fixed.
 */
import { lines, range } from '../text.js';
import type { TiledProduct } from './scan.js';
import type { TiledForm } from './scan-division.js';

const LETTERS = 'xyzw';

/** The numbers that follow from a form for a phase with this number of products for each unit. */
export function tileSizes({ rows, units, registerRows, parts, block }: TiledForm, products: number) {
  /** The units of an invocation, so that it has three or four columns in any case. */
  const unitsEach = products > 2 ? 1 : 4 / products;
  const lanes = units / unitsEach;
  const allParts = parts * unitsEach;
  const depth = block * allParts;
  // One more in each row of the operands, so that neighbours along k are in different banks of the memory.
  const [leftPitch, rightPitch] = [rows / 4 + 1, lanes + 1];
  return {
    ...{ unitsEach, lanes, parts: allParts, depth, leftPitch, rightPitch },
    invocations: (rows / registerRows) * lanes * allParts,
    /** Of workgroup memory. A vector of three numbers takes as much as one of four. */
    bytes: 16 * (depth * (leftPitch + rightPitch) + allParts * rows * lanes),
  };
}

/** The code of a phase, with the entry point. */
export function tiledScan(form: TiledForm, product: TiledProduct, phase: number): string {
  const { units, registerRows } = form;
  const { products, condition = 'true', bias } = product;
  const { unitsEach, lanes, parts, depth, leftPitch, rightPitch, invocations } = tileSizes(form, products);
  const rows = range(registerRows);
  const sum = (i: number) => {
    const index = unitsEach === 1 ? `${i}` : `tileUnit % ${unitsEach}u * ${products}u + ${i}u`;
    return `sums[${index}]${bias ? ` + ${bias(i)}` : ''}`;
  };
  return lines(
    `const UNITS = ${units}u;
const LANES = ${lanes}u; // ${unitsEach} units each
const PARTS = ${parts}u;
const DEPTH = ${depth}u;
const LEFT_PITCH = ${leftPitch}u;
const RIGHT_PITCH = ${rightPitch}u;
const INVOCATIONS = ${invocations}u;
alias Columns = vec${products === 3 ? 3 : 4}<f32>;
var<workgroup> left: array<vec4<f32>, DEPTH * LEFT_PITCH>; // of four rows
var<workgroup> right: array<Columns, DEPTH * RIGHT_PITCH>;
var<workgroup> partialSums: array<Columns, PARTS * ROWS * LANES>;
`,
    loadBlock(product, unitsEach),
    `
@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let s = scan.step;
  let t = timeOf(s);
  let firstRow = workgroup.y * ROWS;
  let firstUnit = workgroup.x * UNITS;
  let lane = invocation % LANES;
  let group = invocation / LANES % ${form.rows / registerRows}u;
  let part = invocation / ${lanes * (form.rows / registerRows)}u;`,
    rows.map((r) => `  var p${r} = Columns();`),
    `  if (${condition}) {
    for (var start = 0u; start < ${product.depth}; start += DEPTH) {
      loadBlock(s, t, firstRow, firstUnit, start, invocation);
      workgroupBarrier();
      for (var k = part; k < DEPTH; k += PARTS) {
        let columns = right[k * RIGHT_PITCH + lane];`,
    range(registerRows / 4).map(
      (q) => `        let rows${q} = left[k * LEFT_PITCH + group * ${registerRows / 4}u + ${q}u];`,
    ),
    rows.map(
      (r) => `        p${r} = fma(Columns(rows${Math.floor(r / 4)}.${LETTERS[r % 4]}), columns, p${r});`,
    ),
    `      }
      workgroupBarrier();
    }
  }`,
    rows.map(
      (r) => `  partialSums[(part * ROWS + group * ${registerRows}u + ${r}u) * LANES + lane] = p${r};`,
    ),
    `  workgroupBarrier();
  for (var i = invocation; i < ROWS * UNITS; i += INVOCATIONS) {
    let tileRow = i / UNITS;
    let tileUnit = i % UNITS;
    let unit = firstUnit + tileUnit;
    if (unit < scan.width) {
      let at = tileRow * LANES + tileUnit / ${unitsEach}u;
      var sums = partialSums[at];
      for (var q = 1u; q < PARTS; q++) { sums += partialSums[at + q * ROWS * LANES]; }
      finish${phase}(s, t, workgroup.y, tileRow, unit, ${range(products).map(sum).join(', ')});
    }
  }
}`,
  );
}

/**
 * `loadBlock`: the operands' values for k from `start` on, with 0 past the end of k. Rows and units past the end repeat the
 * last one; they are not finished.
 */
function loadBlock(product: TiledProduct, unitsEach: number): string {
  const { products, depth, rightAlongDepth } = product;
  const rightOf = range(unitsEach).flatMap((u) =>
    range(products).map((i) => `rightAt(k, unit + ${u}u, ${i}u)`),
  );
  return lines(
    `fn leftAt(s: u32, t: u32, unclampedRow: u32, k: u32) -> f32 {
  if (k >= ${depth}) { return 0.0; }
  let row = min(unclampedRow, scan.batch - 1u);
  return ${product.left};
}
fn rightAt(k: u32, unclampedUnit: u32, product: u32) -> f32 {
  if (k >= ${depth}) { return 0.0; }
  let unit = min(unclampedUnit, scan.width - 1u);`,
    range(products - 1).map((i) => `  if (product == ${i}u) { return ${product.right(i)}; }`),
    `  return ${product.right(products - 1)};
}
fn loadBlock(s: u32, t: u32, firstRow: u32, firstUnit: u32, start: u32, invocation: u32) {
  for (var i = invocation; i < DEPTH * ROWS / 4u; i += INVOCATIONS) {
    let k = start + i % DEPTH;
    let quad = i / DEPTH;
    let row = firstRow + 4u * quad;
    left[i % DEPTH * LEFT_PITCH + quad] =
      vec4<f32>(${range(4)
        .map((r) => `leftAt(s, t, row + ${r}u, k)`)
        .join(', ')});
  }
  for (var i = invocation; i < DEPTH * LANES; i += INVOCATIONS) {
    let offset = ${rightAlongDepth ? 'i % DEPTH' : 'i / LANES'};
    let lane = ${rightAlongDepth ? 'i / DEPTH' : 'i % LANES'};
    let k = start + offset;
    let unit = firstUnit + lane * ${unitsEach}u;
    right[offset * RIGHT_PITCH + lane] = Columns(${rightOf.join(', ')});
  }
}`,
  );
}
