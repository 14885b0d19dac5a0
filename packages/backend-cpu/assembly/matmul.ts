/*
 * The matrix product, in blocks that stay in the caches (Goto & van de Geijn 2008): of B, `DEPTH` rows of `WIDTH` columns
 * are packed into panels of 16 columns; of A, `HEIGHT` rows are gone through for each panel.
 */
import { copy, transpose } from './copy';
import { rowTimesMatrix, rowTimesTransposed } from './matvec';
import { ownTile } from './team';
import { PANEL, tileOfOneRow, tileOfOneRowTwoPanels, tileOfTwoRows } from './tiles';
import { at } from './vector';

const HEIGHT = 64;
const DEPTH = 256;
const WIDTH = 1024;
/** With fewer rows of A than this B is not packed. */
const ROWS_WORTH_PACKING = 4;

/** What {@link matmul} needs for each thread: a block of B in panels and a block of A. */
export const WORKSPACE_BYTES = DEPTH * (WIDTH + HEIGHT) * 4;

/**
 * C [m, n] = A · B, or C + A · B. A is [m, k], or [k, m] if transposed; B is [k, n], or [n, k] if transposed; their rows
 * and C's are `aRow`, `bRow` and `cRow` elements apart.
 */
export function matmul(
  a: usize, aRow: i32, transposeA: bool,
  b: usize, bRow: i32, transposeB: bool,
  c: usize, cRow: i32,
  m: i32, n: i32, k: i32,
  accumulate: bool, workspace: usize,
): void {
  const few = m < ROWS_WORTH_PACKING;
  if (k == 0) {
    clearRows(c, cRow, m, n, accumulate);
  } else if (few && !transposeB) {
    const next = transposeA ? 1 : aRow;
    const step = transposeA ? aRow : 1;
    for (let i = 0; i < m; i++) rowTimesMatrix(at(a, i * next), step, b, bRow, at(c, i * cRow), n, k, accumulate);
  } else if (few && !transposeA) {
    for (let i = 0; i < m; i++) rowTimesTransposed(at(a, i * aRow), b, bRow, at(c, i * cRow), n, k, accumulate);
  } else {
    multiplyBlocks(a, aRow, transposeA, b, bRow, transposeB, c, cRow, m, n, k, accumulate, workspace);
  }
}

function multiplyBlocks(
  a: usize, aRow: i32, transposeA: bool,
  b: usize, bRow: i32, transposeB: bool,
  c: usize, cRow: i32,
  m: i32, n: i32, k: i32,
  accumulate: bool, workspace: usize,
): void {
  const panels = workspace;
  const blockOfA = at(workspace, DEPTH * WIDTH);
  for (let column = 0; column < n; column += WIDTH) {
    const width = min(WIDTH, n - column);
    for (let inner = 0; inner < k; inner += DEPTH) {
      const depth = min(DEPTH, k - inner);
      const block = transposeB ? at(b, column * bRow + inner) : at(b, inner * bRow + column);
      packPanels(block, bRow, transposeB, depth, width, panels);
      for (let row = 0; row < m; row += HEIGHT) {
        const height = min(HEIGHT, m - row);
        let rows = at(a, row * aRow + inner);
        if (transposeA) {
          transpose(at(a, inner * aRow + row), aRow, blockOfA, DEPTH, depth, height);
          rows = blockOfA;
        }
        const target = at(c, row * cRow + column);
        const step = transposeA ? DEPTH : aRow;
        multiplyBlock(rows, step, panels, depth, target, cRow, height, width, depth, accumulate || inner > 0);
      }
    }
  }
}

/** B [k, n] (or [n, k], transposed) in panels [⌈n / 16⌉, k, 16], the last filled up with zeros. */
export function packPanels(b: usize, bRow: i32, transposed: bool, k: i32, n: i32, panels: usize): void {
  const panel = k * PANEL;
  let column = 0;
  if (!transposed) {
    // Four panels at once: rows may lie a page apart, and each is then touched a quarter as often.
    for (; column + 4 * PANEL <= n; column += 4 * PANEL) {
      const to = at(panels, column * k);
      for (let row = 0; row < k; row++) {
        const from = at(b, row * bRow + column);
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
    if (transposed) transpose(at(b, column * bRow), bRow, to, PANEL, columns, k);
    else copy(at(b, column), 0, 0, bRow, 1, to, 0, 0, PANEL, 1, 1, 1, k, columns);
  }
}

/** A row of a panel. */
@inline
function copyRow(from: usize, to: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
  v128.store(to, v128.load(from, 32), 32);
  v128.store(to, v128.load(from, 48), 48);
}

/** C [m, n] = A · B, or C + A · B, with A [m, k] and B in the panels of {@link packPanels}. */
export function multiply(
  a: usize, aRow: i32, panels: usize, c: usize, cRow: i32, m: i32, n: i32, k: i32, accumulate: bool,
): void {
  if (k == 0) clearRows(c, cRow, m, n, accumulate);
  // A single row stays in the cache at any depth, and a panel is read fastest from end to end.
  const most = m == 1 ? k : DEPTH;
  for (let inner = 0; inner < k; inner += most) {
    const depth = min(most, k - inner);
    const block = at(panels, inner * PANEL);
    for (let row = 0; row < m; row += HEIGHT) {
      const rows = at(a, row * aRow + inner);
      const target = at(c, row * cRow);
      multiplyBlock(rows, aRow, block, k, target, cRow, min(HEIGHT, m - row), n, depth, accumulate || inner > 0);
    }
  }
}

/** {@link multiply}, in the columns of C from `start` to `end`; `start` is the first of a panel. */
export function multiplyColumns(
  a: usize, aRow: i32, panels: usize, c: usize, cRow: i32, m: i32, start: i32, end: i32, k: i32, accumulate: bool,
): void {
  multiply(a, aRow, at(panels, start * k), at(c, start), cRow, m, end - start, k, accumulate);
}

/** An empty sum: C = 0, unless it is to be added to. */
function clearRows(c: usize, cRow: i32, m: i32, n: i32, accumulate: bool): void {
  if (accumulate) return;
  for (let i = 0; i < m; i++) memory.fill(at(c, i * cRow), 0, <usize>n << 2);
}

/** C (+)= A · B for a block: panel by panel, two rows at a time. Each panel has `panelRows` rows, of which `depth` count. */
function multiplyBlock(
  a: usize, aRow: i32, panels: usize, panelRows: i32, c: usize, cRow: i32,
  rows: i32, columns: i32, depth: i32, accumulate: bool,
): void {
  const panelStep = panelRows * PANEL;
  const pairs = rows & ~1;
  const whole = columns & ~(PANEL - 1);
  for (let column = 0; column < whole; column += PANEL) {
    const panel = at(panels, column * panelRows);
    for (let row = 0; row < pairs; row += 2) {
      const x = at(a, row * aRow);
      const y = at(c, row * cRow + column);
      tileOfTwoRows(x, at(x, aRow), panel, y, at(y, cRow), depth, accumulate);
    }
  }
  if (pairs < rows) {
    const x = at(a, pairs * aRow);
    const y = at(c, pairs * cRow);
    let column = 0;
    for (; column + 2 * PANEL <= whole; column += 2 * PANEL) {
      const panel = at(panels, column * panelRows);
      tileOfOneRowTwoPanels(x, panel, at(panel, panelStep), at(y, column), depth, accumulate);
    }
    if (column < whole) tileOfOneRow(x, at(panels, column * panelRows), at(y, column), depth, accumulate);
  }
  if (whole == columns) return;
  const tile = ownTile();
  const panel = at(panels, whole * panelRows);
  for (let row = 0; row < pairs; row += 2) {
    const x = at(a, row * aRow);
    const y = at(c, row * cRow + whole);
    tileOfTwoRows(x, at(x, aRow), panel, tile, at(tile, PANEL), depth, false);
    takeFromTile(tile, y, columns - whole, accumulate);
    takeFromTile(at(tile, PANEL), at(y, cRow), columns - whole, accumulate);
  }
  if (pairs < rows) {
    tileOfOneRow(at(a, pairs * aRow), panel, tile, depth, false);
    takeFromTile(tile, at(c, pairs * cRow + whole), columns - whole, accumulate);
  }
}

function takeFromTile(from: usize, c: usize, columns: i32, accumulate: bool): void {
  for (let i = 0; i < columns; i++) {
    const before: f32 = accumulate ? load<f32>(at(c, i)) : 0;
    store<f32>(at(c, i), load<f32>(at(from, i)) + before);
  }
}
