/*
 * The matrix product C [m, n] = A [m, k] · B [k, n], in blocks that fit the caches (Goto & van de Geijn 2008): a block of B,
 * [DEPTH, WIDTH], is packed into panels of 16 columns, and each panel is multiplied with a block of A, [HEIGHT, DEPTH].
 */
import { PANEL } from './abi.generated';
import { copy, transpose } from './copy';
import { rowTimesMatrix, rowTimesTransposed } from './matvec';
import { threadTile } from './thread-pool';
import { tile1x16, tile1x32, tile2x16 } from './tiles';
import { at, storeLanes } from './vector';

const HEIGHT = 64;
const DEPTH = 256;
const WIDTH = 1024;
/** If A has fewer rows than this, B is not packed. */
export const MIN_ROWS_TO_PACK = 4;

/** A block of B with no more elements than this is read as it is: the cache holds it, and packing would cost more. */
const MAX_UNPACKED = 4096;

/** The size of the workspace that {@link matmul} needs for each thread: a packed block of B and a block of A. */
export const WORKSPACE_BYTES = DEPTH * (WIDTH + HEIGHT) * 4;

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
    clearRows(c, cRowStride, m, n, accumulate);
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

/** {@link matmul} block by block, with the same sums for any number of rows. */
export function multiplyBlocks(
  a: usize, aRowStride: i32, transposeA: bool,
  b: usize, bRowStride: i32, transposeB: bool,
  c: usize, cRowStride: i32,
  m: i32, n: i32, k: i32,
  accumulate: bool, workspace: usize,
): void {
  const panels = workspace;
  const blockOfA = at(workspace, DEPTH * WIDTH);
  for (let column = 0; column < n; column += WIDTH) {
    const width = min(WIDTH, n - column);
    for (let inner = 0; inner < k; inner += DEPTH) {
      const depth = min(DEPTH, k - inner);
      const block = transposeB ? at(b, column * bRowStride + inner) : at(b, inner * bRowStride + column);
      const direct = !transposeB && depth * width <= MAX_UNPACKED;
      if (!direct) packPanels(block, bRowStride, transposeB, depth, width, panels);
      const from = direct ? block : panels;
      const bStride = direct ? bRowStride : PANEL;
      const columnStride = direct ? 1 : depth;
      const adds = accumulate || inner > 0;
      const rowStride = transposeA ? depth : aRowStride;
      for (let row = 0; row < m; row += HEIGHT) {
        const height = min(HEIGHT, m - row);
        let rows = at(a, row * aRowStride + inner);
        if (transposeA) {
          transpose(at(a, inner * aRowStride + row), aRowStride, blockOfA, depth, depth, height);
          rows = blockOfA;
        }
        const target = at(c, row * cRowStride + column);
        multiplyBlock(rows, rowStride, from, bStride, columnStride, target, cRowStride, height, width, depth, adds);
      }
    }
  }
}

/** Packs B [k, n], or [n, k] if transposed, into panels [⌈n / 16⌉, k, 16]. The last one is padded with zeros. */
export function packPanels(b: usize, bRowStride: i32, transposed: bool, k: i32, n: i32, panels: usize): void {
  const panel = k * PANEL;
  let column = 0;
  if (!transposed) {
    // Four panels at a time: each row of B may be in another page of memory, which is then visited a quarter
    // as often.
    for (; column + 4 * PANEL <= n; column += 4 * PANEL) {
      const to = at(panels, column * k);
      for (let row = 0; row < k; row++) {
        const from = at(b, row * bRowStride + column);
        const first = at(to, row * PANEL);
        const second = at(first, panel);
        const third = at(second, panel);
        copyRow(from, first);
        copyRow(at(from, PANEL), second);
        copyRow(at(from, 2 * PANEL), third);
        copyRow(at(from, 3 * PANEL), at(third, panel));
      }
    }
  }
  for (; column < n; column += PANEL) {
    const columns = min(PANEL, n - column);
    const to = at(panels, column * k);
    if (columns < PANEL) memory.fill(to, 0, <usize>panel << 2);
    if (transposed) transpose(at(b, column * bRowStride), bRowStride, to, PANEL, columns, k);
    else copy(at(b, column), 0, 0, bRowStride, 1, to, 0, 0, PANEL, 1, 1, 1, k, columns);
  }
}

/** to [16] = from [16] */
@inline
function copyRow(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

/**
 * C [m, n] = A [m, k] · B [k, n], or C + A · B, for the columns `start` to `end` of C only; `start` is the first column of a
 * panel. B is packed by {@link packPanels} if `bRowStride` is 0, else row-major.
 */
export function multiplyColumns(
  a: usize, aRowStride: i32, b: usize, bRowStride: i32, c: usize, cRowStride: i32,
  m: i32, start: i32, end: i32, k: i32, accumulate: bool,
): void {
  const n = end - start;
  const rowStride = bRowStride ? bRowStride : PANEL;
  const columnStride = bRowStride ? 1 : k;
  b = at(b, start * columnStride);
  c = at(c, start);
  if (k == 0) clearRows(c, cRowStride, m, n, accumulate);
  // A single row of A fits the cache at any depth, and reading a panel from end to end is fastest.
  const maxDepth = m == 1 ? k : DEPTH;
  for (let inner = 0; inner < k; inner += maxDepth) {
    const depth = min(maxDepth, k - inner);
    const block = at(b, inner * rowStride);
    const adds = accumulate || inner > 0;
    for (let row = 0; row < m; row += HEIGHT) {
      const rows = at(a, row * aRowStride + inner);
      const target = at(c, row * cRowStride);
      const height = min(HEIGHT, m - row);
      multiplyBlock(rows, aRowStride, block, rowStride, columnStride, target, cRowStride, height, n, depth, adds);
    }
  }
}

/** C [m, n] = 0, unless the product is to be added to it. */
function clearRows(c: usize, cRowStride: i32, m: i32, n: i32, accumulate: bool): void {
  if (accumulate) return;
  for (let i = 0; i < m; i++) memory.fill(at(c, i * cRowStride), 0, <usize>n << 2);
}

/**
 * C [rows, columns] = A [rows, depth] · B [depth, columns], or C + A · B, for one block: panel by panel, two rows at a time.
 * A row of a panel is `rowStride` after the one before, and column j starts at `j · columnStride`.
 */
function multiplyBlock(
  a: usize, aRowStride: i32, b: usize, rowStride: i32, columnStride: i32, c: usize, cRowStride: i32,
  rows: i32, columns: i32, depth: i32, accumulate: bool,
): void {
  const panelStride = PANEL * columnStride;
  const pairs = rows & ~1;
  const whole = columns & ~(PANEL - 1);
  for (let column = 0; column < whole; column += PANEL) {
    const panel = at(b, column * columnStride);
    for (let row = 0; row < pairs; row += 2) {
      const x = at(a, row * aRowStride);
      const y = at(c, row * cRowStride + column);
      tile2x16(x, at(x, aRowStride), panel, rowStride, y, at(y, cRowStride), depth, accumulate);
    }
  }
  if (pairs < rows) {
    const x = at(a, pairs * aRowStride);
    const y = at(c, pairs * cRowStride);
    let column = 0;
    for (; column + 2 * PANEL <= whole; column += 2 * PANEL) {
      const panel = at(b, column * columnStride);
      tile1x32(x, panel, at(panel, panelStride), rowStride, at(y, column), depth, accumulate);
    }
    if (column < whole) tile1x16(x, at(b, column * columnStride), rowStride, at(y, column), depth, accumulate);
  }
  if (whole == columns) return;
  // The last panel has columns past the end of C, so the product goes into a tile first.
  const tile = threadTile();
  const panel = at(b, whole * columnStride);
  for (let row = 0; row < pairs; row += 2) {
    const x = at(a, row * aRowStride);
    const y = at(c, row * cRowStride + whole);
    tile2x16(x, at(x, aRowStride), panel, rowStride, tile, at(tile, PANEL), depth, false);
    copyFromTile(tile, y, columns - whole, accumulate);
    copyFromTile(at(tile, PANEL), at(y, cRowStride), columns - whole, accumulate);
  }
  if (pairs < rows) {
    tile1x16(at(a, pairs * aRowStride), panel, rowStride, tile, depth, false);
    copyFromTile(tile, at(c, pairs * cRowStride + whole), columns - whole, accumulate);
  }
}

/** c [columns] = tile [columns], or c + tile. */
function copyFromTile(tile: usize, c: usize, columns: i32, accumulate: bool): void {
  for (let i = 0; i < columns; i += 4) {
    const x = v128.load(at(tile, i));
    storeLanes(at(c, i), accumulate ? f32x4.add(x, v128.load(at(c, i))) : x, columns - i);
  }
}
