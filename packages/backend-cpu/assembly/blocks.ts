/*
 * Loops over the blocks of a matrix, shared out by the team: `for (let some = shareBlocks(…); some; some = nextBlocks())`.
 * Each turn has some blocks side by side, from row `top` to `bottom` and from column `left` to `right`. The blocks are the
 * same on any number of threads.
 */
import { first, last, next, share } from './team';

export let top: i32 = 0;
export let bottom: i32 = 0;
export let left: i32 = 0;
export let right: i32 = 0;

let rows: i32 = 0;
let columns: i32 = 0;
let height: i32 = 0;
let width: i32 = 0;
/** How many blocks are side by side. */
let across: i32 = 0;
/** The next of the blocks that this thread has taken. */
let block: i32 = 0;

/** Begins a loop over a matrix [ofRows, ofColumns] in blocks [ofHeight, ofWidth]. @returns whether there is a turn */
export function shareBlocks(ofRows: i32, ofHeight: i32, ofColumns: i32, ofWidth: i32): bool {
  rows = ofRows;
  height = ofHeight;
  columns = ofColumns;
  width = ofWidth;
  across = (columns + width - 1) / width;
  if (!share(((rows + height - 1) / height) * across)) return false;
  block = first;
  turn();
  return true;
}

/** Goes on to the next turn. @returns whether there is one */
export function nextBlocks(): bool {
  if (block == last) {
    if (!next()) return false;
    block = first;
  }
  turn();
  return true;
}

function turn(): void {
  const row = block / across;
  const column = block - row * across;
  const count = min(across - column, last - block);
  top = row * height;
  bottom = min(rows, top + height);
  left = column * width;
  right = min(columns, (column + count) * width);
  block += count;
}
