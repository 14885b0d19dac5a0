/*
 * The matrix product C [m, n] = A [m, k] · B [k, n], in blocks that fit the caches (Goto & van de Geijn 2008): a block of B,
 * [DEPTH, WIDTH], is packed into panels of 16 columns, and each panel is multiplied with a block of A, [HEIGHT, DEPTH].
 */
import { PANEL } from './abi.generated';
import { transpose } from './copy';
import { rowTimesMatrix, rowTimesTransposed } from './matvec';
import { packPanels } from './panels';
import { threadTile } from './thread-pool';
import { tile1x16, tile1x32, tile2x16 } from './tiles';
import { at, storeLanes } from './vector';

const HEIGHT = 128;
const DEPTH = 512;
const WIDTH = 1024;
/** If A has fewer rows than this, B is not packed. */
const MIN_ROWS_TO_PACK = 4;

/** A block of B with no more elements than this is read as it is: the cache holds it, and packing would cost more. */
const MAX_UNPACKED = 4096;

/** Unused elements after each row of a transposed block of A: rows 512 apart would share a few sets of the L1 cache. */
const ROW_GAP = PANEL;

/** The size of the workspace that {@link matmul} needs for each thread: a packed block of B and a transposed block of A. */
export const WORKSPACE_BYTES = (DEPTH * WIDTH + (DEPTH + ROW_GAP) * HEIGHT) * 4;

/** C [m, n] = A · B, or C + A · B. A is [m, k], or [k, m] if transposed; B is [k, n], or [n, k] if transposed. */
export function matmul(
  a: usize, aRowStride: i32, transposeA: bool,
  b: usize, bRowStride: i32, transposeB: bool,
  c: usize, cRowStride: i32,
  m: i32, n: i32, k: i32,
  accumulate: bool, workspace: usize,
): void {
  const few = m < MIN_ROWS_TO_PACK;
  if (k == 0) {
    copyAddend(c, cRowStride, m, n, accumulate ? c : 0, cRowStride);
  } else if (few && !transposeB) {
    const rowStride = transposeA ? 1 : aRowStride;
    const columnStride = transposeA ? aRowStride : 1;
    for (let i = 0; i < m; i++) {
      rowTimesMatrix(at(a, i * rowStride), columnStride, b, bRowStride, at(c, i * cRowStride), n, k, accumulate);
    }
  } else if (few && !transposeA) {
    for (let i = 0; i < m; i++) {
      rowTimesTransposed(at(a, i * aRowStride), b, bRowStride, at(c, i * cRowStride), n, k, accumulate);
    }
  } else {
    multiplyBlocks(a, aRowStride, transposeA, b, bRowStride, transposeB, c, cRowStride, m, n, k, accumulate, workspace);
  }
}

/** Whether products of one row take the panels from the last to the first. */
let fromLastPanel: bool = false;

/**
 * Sets the order of the panels in products of one row, which compute the same in either. Steps that alternate between them begin
 * with the panels that the step before has left in the cache, if it cannot hold all.
 */
export function setPanelOrder(fromLast: bool): void {
  fromLastPanel = fromLast;
}

/** {@link matmul} block by block. */
function multiplyBlocks(
  a: usize, aRowStride: i32, transposeA: bool,
  b: usize, bRowStride: i32, transposeB: bool,
  c: usize, cRowStride: i32,
  m: i32, n: i32, k: i32,
  accumulate: bool, workspace: usize,
): void {
  const maxDepth = blockDepth(k);
  for (let column = 0; column < n; column += WIDTH) {
    const width = min(WIDTH, n - column);
    for (let inner = 0; inner < k; inner += maxDepth) {
      const depth = min(maxDepth, k - inner);
      const block = transposeB ? at(b, column * bRowStride + inner) : at(b, inner * bRowStride + column);
      preparePanels(block, bRowStride, transposeB, depth, width, workspace);
      const rows = at(a, transposeA ? inner * aRowStride : inner);
      const adds = accumulate || inner > 0;
      multiplyRows(rows, aRowStride, transposeA, at(c, column), cRowStride, m, width, depth, adds, workspace);
    }
  }
}

/**
 * C [m, n] = Aᵀ · B and D [l, n] = Eᵀ · B, with A [k, m], E [k, l] and B [k, n]; the rows of B, C and D are `stride` apart.
 * Each block of B is packed once for both products.
 */
export function multiplyTransposedPair(
  a: usize, m: i32, c: usize, e: usize, l: i32, d: usize, b: usize, stride: i32, n: i32, k: i32, workspace: usize,
): void {
  if (k == 0 || m < MIN_ROWS_TO_PACK || l < MIN_ROWS_TO_PACK) {
    matmul(a, m, true, b, stride, false, c, stride, m, n, k, false, workspace);
    matmul(e, l, true, b, stride, false, d, stride, l, n, k, false, workspace);
    return;
  }
  const maxDepth = blockDepth(k);
  for (let column = 0; column < n; column += WIDTH) {
    const width = min(WIDTH, n - column);
    for (let inner = 0; inner < k; inner += maxDepth) {
      const depth = min(maxDepth, k - inner);
      preparePanels(at(b, inner * stride + column), stride, false, depth, width, workspace);
      multiplyRows(at(a, inner * m), m, true, at(c, column), stride, m, width, depth, inner > 0, workspace);
      multiplyRows(at(e, inner * l), l, true, at(d, column), stride, l, width, depth, inner > 0, workspace);
    }
  }
}

/** The depth of the blocks of a product over k elements: all have about the same. */
@inline
function blockDepth(k: i32): i32 {
  const blocks = (k + DEPTH - 1) / DEPTH;
  return (k + blocks - 1) / blocks;
}

/** The current block of B: its address, and the strides of its rows and columns. Set by {@link preparePanels}. */
let panels: usize = 0;
let panelRowStride: i32 = 0;
let panelColumnStride: i32 = 0;

/** Packs a block of B [depth, width] into the workspace, unless it is so small that it is read as it is. */
function preparePanels(b: usize, bRowStride: i32, transposed: bool, depth: i32, width: i32, workspace: usize): void {
  const direct = !transposed && depth * width <= MAX_UNPACKED;
  if (!direct) packPanels(b, bRowStride, transposed, depth, width, workspace);
  panels = direct ? b : workspace;
  panelRowStride = direct ? bRowStride : PANEL;
  panelColumnStride = direct ? 1 : depth;
}

/** C [m, width] = A · the current block of B, or C + A · B; A is [m, depth], or [depth, m] if transposed. */
function multiplyRows(
  a: usize, aRowStride: i32, transposeA: bool, c: usize, cRowStride: i32,
  m: i32, width: i32, depth: i32, accumulate: bool, workspace: usize,
): void {
  const blockOfA = at(workspace, DEPTH * WIDTH);
  const rowStride = transposeA ? depth + ROW_GAP : aRowStride;
  for (let row = 0; row < m; row += HEIGHT) {
    const height = min(HEIGHT, m - row);
    let rows = at(a, row * aRowStride);
    if (transposeA) {
      transpose(at(a, row), aRowStride, blockOfA, rowStride, depth, height);
      rows = blockOfA;
    }
    const target = at(c, row * cRowStride);
    const addend = accumulate ? target : 0;
    multiplyBlock(
      rows, rowStride, panels, panelRowStride, panelColumnStride, target, cRowStride, height, width, depth, addend, cRowStride,
    );
  }
}

/**
 * C [m, n] = A [m, k] · B [k, n] + the rows at `addend`, for the columns `start` to `end` of C only; `start` is the first
 * column of a panel. B is packed by {@link packPanels} if `bRowStride` is 0, else row-major. The addend is a matrix of the
 * size of C, which may be C itself; one row for all, if its row stride is 0; or 0, for none.
 */
export function multiplyColumns(
  a: usize, aRowStride: i32, b: usize, bRowStride: i32, c: usize, cRowStride: i32,
  m: i32, start: i32, end: i32, k: i32, addend: usize, addendRowStride: i32,
): void {
  const n = end - start;
  const rowStride = bRowStride ? bRowStride : PANEL;
  const columnStride = bRowStride ? 1 : k;
  b = at(b, start * columnStride);
  c = at(c, start);
  if (addend) addend = at(addend, start);
  if (k == 0) return copyAddend(c, cRowStride, m, n, addend, addendRowStride);
  // A single row of A fits the cache at any depth, and reading a panel from end to end is fastest.
  const maxDepth = m == 1 ? k : blockDepth(k);
  for (let inner = 0; inner < k; inner += maxDepth) {
    const depth = min(maxDepth, k - inner);
    const block = at(b, inner * rowStride);
    for (let row = 0; row < m; row += HEIGHT) {
      const rows = at(a, row * aRowStride + inner);
      const target = at(c, row * cRowStride);
      const height = min(HEIGHT, m - row);
      const before = elementOf(addend, row * addendRowStride);
      multiplyBlock(
        rows, aRowStride, block, rowStride, columnStride, target, cRowStride, height, n, depth, before, addendRowStride,
      );
    }
    addend = c;
    addendRowStride = cRowStride;
  }
}

/** The address of element i of an addend; 0 if there is none. */
@inline
function elementOf(addend: usize, i: i32): usize {
  return addend ? at(addend, i) : 0;
}

/** C [m, n] = an addend as in {@link multiplyColumns}: the product of matrices without elements adds nothing. */
function copyAddend(c: usize, cRowStride: i32, m: i32, n: i32, addend: usize, addendRowStride: i32): void {
  if (addend == c) return;
  for (let i = 0; i < m; i++) {
    const row = at(c, i * cRowStride);
    if (addend) memory.copy(row, at(addend, i * addendRowStride), <usize>n << 2);
    else memory.fill(row, 0, <usize>n << 2);
  }
}

/**
 * C [rows, columns] = A [rows, depth] · B [depth, columns] + an addend as in {@link multiplyColumns}, for one block: panel by
 * panel, two rows at a time. A row of a panel is `rowStride` after the one before, and column j starts at `j · columnStride`.
 */
function multiplyBlock(
  a: usize, aRowStride: i32, b: usize, rowStride: i32, columnStride: i32, c: usize, cRowStride: i32,
  rows: i32, columns: i32, depth: i32, addend: usize, addendRowStride: i32,
): void {
  const panelStride = PANEL * columnStride;
  const pairs = rows & ~1;
  const whole = columns & ~(PANEL - 1);
  for (let column = 0; column < whole; column += PANEL) {
    const panel = at(b, column * columnStride);
    for (let row = 0; row < pairs; row += 2) {
      const x = at(a, row * aRowStride);
      const y = at(c, row * cRowStride + column);
      const z = elementOf(addend, row * addendRowStride + column);
      tile2x16(x, at(x, aRowStride), panel, rowStride, y, at(y, cRowStride), depth, z, elementOf(z, addendRowStride));
    }
  }
  if (pairs < rows) {
    const x = at(a, pairs * aRowStride);
    const y = at(c, pairs * cRowStride);
    const z = elementOf(addend, pairs * addendRowStride);
    const paired = whole & ~(2 * PANEL - 1);
    for (let i = 0; i < paired; i += 2 * PANEL) {
      const column = fromLastPanel ? paired - 2 * PANEL - i : i;
      const panel = at(b, column * columnStride);
      tile1x32(x, panel, at(panel, panelStride), rowStride, at(y, column), depth, elementOf(z, column));
    }
    if (paired < whole) tile1x16(x, at(b, paired * columnStride), rowStride, at(y, paired), depth, elementOf(z, paired));
  }
  if (whole == columns) return;
  // The last panel has columns past the end of C, so the product goes into a tile first.
  const tile = threadTile();
  const panel = at(b, whole * columnStride);
  for (let row = 0; row < rows; row += 2) {
    const x = at(a, row * aRowStride);
    const y = at(c, row * cRowStride + whole);
    const z = elementOf(addend, row * addendRowStride + whole);
    if (row < pairs) {
      tile2x16(x, at(x, aRowStride), panel, rowStride, tile, at(tile, PANEL), depth, 0, 0);
      copyFromTile(at(tile, PANEL), at(y, cRowStride), columns - whole, elementOf(z, addendRowStride));
    } else {
      tile1x16(x, panel, rowStride, tile, depth, 0);
    }
    copyFromTile(tile, y, columns - whole, z);
  }
}

/** c [columns] = tile [columns] + the row at `addend`, or nothing if it is 0. */
function copyFromTile(tile: usize, c: usize, columns: i32, addend: usize): void {
  for (let i = 0; i < columns; i += 4) {
    const x = v128.load(at(tile, i));
    storeLanes(at(c, i), addend ? f32x4.add(x, v128.load(at(addend, i))) : x, columns - i);
  }
}
