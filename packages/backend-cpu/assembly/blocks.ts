/*
 * Parallel loops over the blocks of a matrix: `for (let more = beginBlocks(…); more; more = nextBlocks())`. Each iteration
 * handles one or more blocks side by side: rows from `top` to `bottom`, columns from `left` to `right` (ends excluded). The
 * blocks do not depend on the number of threads.
 */
import { beginLoop, chunkEnd, chunkStart, endLoop, isShared, nextChunk } from './thread-pool';

export let top: i32 = 0;
export let bottom: i32 = 0;
export let left: i32 = 0;
export let right: i32 = 0;

let rows: i32 = 0;
let columns: i32 = 0;
let blockHeight: i32 = 0;
let blockWidth: i32 = 0;
let blocksPerRow: i32 = 0;
/** The next block of this thread's chunk. */
let block: i32 = 0;

/** Begins a loop over a matrix [rowCount, columnCount] in blocks [height, width]. @returns false if there is no block */
export function beginBlocks(rowCount: i32, height: i32, columnCount: i32, width: i32): bool {
  if (!isShared() && rowCount <= height) {
    // All at once, and without the divisions, which in a short step would take longer than a product.
    endLoop();
    block = chunkEnd;
    top = 0;
    bottom = rowCount;
    left = 0;
    right = columnCount;
    return rowCount > 0 && columnCount > 0;
  }
  rows = rowCount;
  blockHeight = height;
  columns = columnCount;
  blockWidth = width;
  blocksPerRow = (columns + blockWidth - 1) / blockWidth;
  if (!beginLoop(((rows + blockHeight - 1) / blockHeight) * blocksPerRow)) return false;
  block = chunkStart;
  setRange();
  return true;
}

/** Advances to the next blocks. @returns false if there are none */
export function nextBlocks(): bool {
  if (block == chunkEnd) {
    if (!nextChunk()) return false;
    block = chunkStart;
  }
  setRange();
  return true;
}

/** Sets the range to the next blocks of the chunk, up to the end of a row of blocks. */
function setRange(): void {
  const row = block / blocksPerRow;
  const column = block - row * blocksPerRow;
  const count = min(blocksPerRow - column, chunkEnd - block);
  top = row * blockHeight;
  bottom = min(rows, top + blockHeight);
  left = column * blockWidth;
  right = min(columns, (column + count) * blockWidth);
  block += count;
}
