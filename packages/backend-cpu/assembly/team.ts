/*
 * The team: threads that run a kernel together. Each runs the same code on its own part of the columns, and they meet at
 * barriers. A thread is an instance of this module with the same memory; the variables here are each thread's own, for a
 * WebAssembly global belongs to one instance.
 *
 * A step of a sequence takes a few microseconds, and to wake a parked thread takes tens. So a thread that waits at a
 * barrier first spins, long enough for the time between two calls, and parks after that.
 */
import { PANEL } from './tiles';

const MOST_THREADS = 64;
/** Looks at a barrier before a thread parks: some 20 µs. */
const SPINS = 20_000;

/*
 * What the threads share lies where no instance writes when it starts, each word in a cache line of its own: how many have
 * come to the barrier under way, how many barriers there were, how many threads are parked, and what to do next.
 */
const ARRIVED = __heap_base;
const PHASE = __heap_base + 64;
const PARKED = __heap_base + 128;
const TASK = __heap_base + 192;
/** The bytes of memory that those take. */
export const TEAM_BYTES = 256;

/** This thread's number. */
let thread: i32 = 0;
/** How many threads the team has. */
let members: i32 = 1;
/** How many run what runs now. */
let threads: i32 = 1;
/** How often this thread has waited until it would park, in the task under way. */
let waits: i32 = 0;
/** A page's own thread may not be parked. */
let mayPark: bool = false;

/** For each thread two rows of a panel's width: what a panel that is not full is multiplied into. */
const tiles = memory.data(MOST_THREADS * 2 * PANEL * 4, 64);

/** Makes this instance thread number `index` of a team of `count`. */
export function join(index: i32, count: i32, parks: bool): void {
  thread = index;
  members = count;
  mayPark = parks;
}

/** Thread 0: has the whole team run task number `task`, and takes part from here to {@link end}. */
export function begin(task: i32): void {
  atomic.store<i32>(TASK, task);
  threads = members;
  barrier();
  waits = 0;
}

/** Waits until all have run the task; returns how often this thread waited long, at this barrier or before. */
export function end(): i32 {
  barrier();
  threads = 1;
  return waits;
}

/** Other threads: waits for the number of the next task. */
export function next(): i32 {
  threads = members;
  barrier();
  return atomic.load<i32>(TASK);
}

/** Returns once every thread is here. */
export function barrier(): void {
  if (threads == 1) return;
  const phase = atomic.load<i32>(PHASE);
  if (atomic.add<i32>(ARRIVED, 1) + 1 == threads) {
    atomic.store<i32>(ARRIVED, 0);
    atomic.store<i32>(PHASE, phase + 1);
    // One that parks counts itself first and then looks at the phase once more, so none is missed.
    if (atomic.load<i32>(PARKED) > 0) atomic.notify(PHASE, -1);
    return;
  }
  let spins = SPINS;
  while (atomic.load<i32>(PHASE) == phase) {
    if (--spins == 0) waits += 1;
    if (spins > 0 || !mayPark) continue;
    atomic.add<i32>(PARKED, 1);
    atomic.wait<i32>(PHASE, phase, -1);
    atomic.sub<i32>(PARKED, 1);
  }
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
  if (threads == 1) return part == thread ? 0 : size;
  const panels = (size + PANEL - 1) / PANEL;
  return min(size, ((panels * part) / threads) * PANEL);
}

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
