/*
 * The threads that run a kernel together. Each runs the same code on its own part of the columns, and they meet at
 * barriers. These variables are each thread's own, for a WebAssembly global belongs to one instance.
 */
import { PANEL } from './tiles';

let thread: i32 = 0;
let threads: i32 = 1;

const MOST_THREADS = 16;
/** For each thread two rows of a panel's width: what a panel that is not full is multiplied into. */
const tiles = memory.data(MOST_THREADS * 2 * PANEL * 4, 64);

/** This thread's two rows of a panel's width. */
@inline
export function ownTile(): usize {
  return tiles + thread * 2 * PANEL * 4;
}

/** How far into the memory of all threads that of this one lies, if each has `bytes`. */
@inline
export function ownWorkspace(bytes: i32): usize {
  return thread * bytes;
}

/** Returns once every thread of the team is here. */
export function barrier(): void {
  if (threads == 1) return;
}

/** Where this thread's part of `size` columns begins: parts are whole panels. */
export function ownStart(size: i32): i32 {
  return boundary(size, thread);
}

/** Where this thread's part of `size` columns ends. */
export function ownEnd(size: i32): i32 {
  return boundary(size, thread + 1);
}

function boundary(size: i32, part: i32): i32 {
  const panels = (size + PANEL - 1) / PANEL;
  return min(size, (panels * part) / threads * PANEL);
}
