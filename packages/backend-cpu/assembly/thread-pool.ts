/*
 * A pool of threads that run a task together. Every thread runs the same code; parallel loops distribute their work items
 * among the threads. Each thread starts with an equal share of the items and, when it has finished those, steals from the
 * other threads. So a slower or busier core does less, and threads never wait for an idle thread.
 *
 * Each thread is an instance of this module over the same memory. The variables of this file are separate for each thread,
 * because WebAssembly globals belong to an instance.
 */
import { MAX_THREADS, PANEL } from './abi.generated';
import {
  ANNOUNCED,
  ARRIVED,
  CACHE_LINE,
  DONE,
  GATE,
  GATE_OPEN,
  MIN_THREADS,
  setCanPark,
  TAKEN,
  TASK,
  wake,
  waitForChange,
} from './shared-words';

/** The index of this thread. */
let thread: i32 = 0;
/** The number of threads in the pool. */
let poolSize: i32 = 1;
/** The number of threads that share the running task: 1, or the whole pool. */
let threads: i32 = 1;
/** Workers: the value of {@link ANNOUNCED} that this thread has responded to. */
let lastAnnounced: i32 = 0;

/** The chunk of work items that this thread does now: from `chunkStart` up to, not including, `chunkEnd`. */
export let chunkStart: i32 = 0;
export let chunkEnd: i32 = 0;
/**
 * The running loop: its number within the task, its work items, and the thread from which this thread takes
 * items next.
 */
let loop: i32 = 0;
let items: i32 = 0;
let victim: i32 = 0;
/**
 * The work items of all loops of the task so far, and the number of them that this thread has done but not
 * yet added to {@link DONE}.
 */
let totalItems: i32 = 0;
let unreported: i32 = 0;
/** The shared loop, while this thread is {@link separate}. */
let separatedItems: i32 = 0;
let separatedStart: i32 = 0;
let separatedEnd: i32 = 0;

/** [MAX_THREADS, 2, PANEL]: for each thread an output tile, for products with a panel that is only partly used. */
const tiles = memory.data(MAX_THREADS * 2 * PANEL * 4, 64);

/** Makes this instance thread number `index` of a pool of `count` threads. */
export function joinPool(index: i32, count: i32, canPark: bool): void {
  thread = index;
  poolSize = count;
  setCanPark(canPark);
}

/**
 * Begins a parallel loop over `count` independent work items: `for (let more = beginLoop(n); more; more = nextChunk())`.
 * Each iteration handles the items from {@link chunkStart} to {@link chunkEnd}. The loop ends on a thread when every item
 * has been taken; only {@link barrier} makes sure that all are done.
 */
export function beginLoop(count: i32): bool {
  items = count;
  chunkStart = 0;
  chunkEnd = 0;
  if (threads > 1) {
    loop += 1;
    totalItems += count;
    victim = thread;
  }
  return nextChunk();
}

/** A loop whose items this thread has done, as there is no other thread. */
@inline
export function endLoop(): void {
  items = chunkEnd;
}

/** In an iteration of a shared loop: until {@link rejoin}, this thread runs loops and passes barriers without the others. */
export function separate(): void {
  separatedItems = items;
  separatedStart = chunkStart;
  separatedEnd = chunkEnd;
  threads = 1;
}

/** Returns to the shared loop. */
export function rejoin(): void {
  items = separatedItems;
  chunkStart = separatedStart;
  chunkEnd = separatedEnd;
  threads = poolSize;
}

/** Takes the next chunk. @returns false if no item is left */
export function nextChunk(): bool {
  if (threads == 1) {
    chunkStart = chunkEnd;
    chunkEnd = items;
    return chunkStart < chunkEnd;
  }
  unreported += chunkEnd - chunkStart;
  do {
    if (takeFrom(victim)) return true;
    victim = victim + 1 == threads ? 0 : victim + 1;
  } while (victim != thread);
  chunkStart = chunkEnd;
  return false;
}

/**
 * Takes half of the items that thread `owner` has left: large chunks first, which cost less, and small ones at the end, so
 * that all threads finish together (guided self-scheduling, Polychronopoulos & Kuck 1987).
 */
function takeFrom(owner: i32): bool {
  const start = (items * owner) / threads;
  const size = (items * (owner + 1)) / threads - start;
  const word = TAKEN + owner * CACHE_LINE;
  while (true) {
    const seen = atomic.load<i64>(word);
    const seenLoop = <i32>(seen >> 32);
    // Another thread has begun a later loop, so nothing of this one is left to take.
    if (seenLoop > loop) return false;
    const taken = seenLoop == loop ? <i32>seen : 0;
    if (taken == size) return false;
    const count = (size - taken + 1) >> 1;
    if (atomic.cmpxchg<i64>(word, seen, (<i64>loop << 32) | (taken + count)) != seen) continue;
    chunkStart = start + taken;
    chunkEnd = chunkStart + count;
    return true;
  }
}

/** Returns once every work item of the loops so far is done. */
export function barrier(): void {
  if (threads == 1) return;
  let now = unreported ? atomic.add<i32>(DONE, unreported) + unreported : atomic.load<i32>(DONE);
  if (unreported && now == totalItems) wake(DONE);
  unreported = 0;
  while (now < totalItems) now = waitForChange(DONE, now);
}

/**
 * Thread 0: announces task number `task` to the workers, which join as they become free, and enters it. Until
 * {@link finishTask}, loops are shared.
 * @param minThreads the number of threads that must have entered before it begins
 */
export function startTask(task: i32, minThreads: i32): void {
  for (let i = 0; i < poolSize; i++) atomic.store<i64>(TAKEN + i * CACHE_LINE, 0);
  atomic.store<i32>(DONE, 0);
  atomic.store<i32>(ARRIVED, 0);
  atomic.store<i32>(MIN_THREADS, minThreads);
  atomic.store<i32>(TASK, task);
  atomic.add<i32>(GATE, GATE_OPEN);
  announce();
  enterTask();
}

/** Thread 0: waits until the task is done, closes the gate, and waits until every worker has left. */
export function finishTask(): void {
  barrier();
  threads = 1;
  let inside = atomic.sub<i32>(GATE, GATE_OPEN) - GATE_OPEN;
  while (inside > 0) inside = waitForChange(GATE, inside);
}

/** Thread 0: tells the workers to stop. */
export function stopWorkers(): void {
  atomic.store<i32>(TASK, -1);
  announce();
}

/** Workers: waits for a task and enters it. @returns its number, or -1 to stop */
export function waitForTask(): i32 {
  while (true) {
    const seen = waitForChange(ANNOUNCED, lastAnnounced);
    if (atomic.load<i32>(TASK) < 0) return -1;
    if (atomic.add<i32>(GATE, 1) >= GATE_OPEN) {
      lastAnnounced = atomic.load<i32>(ANNOUNCED);
      enterTask();
      return atomic.load<i32>(TASK);
    }
    // The gate is closed: the task is already done.
    lastAnnounced = seen;
    exitGate();
  }
}

/** Workers: leaves the task, once it is completely done. */
export function leaveTask(): void {
  barrier();
  exitGate();
}

function exitGate(): void {
  atomic.sub<i32>(GATE, 1);
  wake(GATE);
}

function enterTask(): void {
  threads = poolSize;
  loop = 0;
  totalItems = 0;
  unreported = 0;
  const minThreads = atomic.load<i32>(MIN_THREADS);
  let now = atomic.add<i32>(ARRIVED, 1) + 1;
  if (now == minThreads) wake(ARRIVED);
  while (now < minThreads) now = waitForChange(ARRIVED, now);
}

function announce(): void {
  atomic.add<i32>(ANNOUNCED, 1);
  wake(ANNOUNCED);
}

/** True if several threads share the running task. */
@inline
export function isShared(): bool {
  return threads > 1;
}

/** The address of this thread's output tile [2, PANEL]. */
@inline
export function threadTile(): usize {
  return tiles + thread * 2 * PANEL * 4;
}

/** The offset of this thread's part of a memory that has `bytes` for each thread. */
@inline
export function threadOffset(bytes: i32): usize {
  return thread * bytes;
}
