/*
 * The words of memory through which the threads of a pool communicate, and the functions with which a thread
 * waits for one to change.
 *
 * A step of a sequence takes a few microseconds; waking a parked thread takes tens. So a waiting thread first spins, for
 * longer than the usual time between two calls, and only then parks.
 */
import { MAX_THREADS } from './abi.generated';

export const CACHE_LINE = 64;
/** The number of times that a waiting thread reads the word before it parks: about 20 µs. */
const SPINS = 20_000;

/*
 * The words start behind the static data, which every instance initialises when it starts. Each is in a
 * separate cache line, so that a write to one does not slow down readers of another.
 */
/** The number of the running task, or -1 to stop the workers. */
export const TASK = (__heap_base + CACHE_LINE - 1) & ~(CACHE_LINE - 1);
/** The number of announced tasks, including the request to stop. */
export const ANNOUNCED = TASK + CACHE_LINE;
/** The gate to the running task: {@link GATE_OPEN} while workers may enter, plus the number of workers inside. */
export const GATE = ANNOUNCED + CACHE_LINE;
/** The number of threads that have entered the task, thread 0 included. */
export const ARRIVED = GATE + CACHE_LINE;
/** The number of threads that must have entered before the task begins. */
export const MIN_THREADS = ARRIVED + CACHE_LINE;
/** The number of finished work items of the task, over all its loops. */
export const DONE = MIN_THREADS + CACHE_LINE;
/** The number of threads that are parked, or about to be. */
const PARKED = DONE + CACHE_LINE;
/**
 * One word of 64 bits for each thread: the number of a loop, and the number of the thread's work items in it
 * that are taken.
 */
export const TAKEN = PARKED + CACHE_LINE;
/** The end of these words. */
export const SHARED_WORDS_END = TAKEN + MAX_THREADS * CACHE_LINE;

export const GATE_OPEN = 1 << 16;

/** True if this thread may park. The main thread of a page may not. */
let canPark: bool = false;

export function setCanPark(value: bool): void {
  canPark = value;
}

/**
 * Parks while `word` holds `old`: JavaScript's `Atomics.wait`. The instruction memory.atomic.wait32 is avoided because
 * after it the baseline compiler of V8 11 (Node 20) may have lost the function's variables. On thread 0 it returns after a
 * while in any case, returns at once where parking is not allowed, and throws if another thread is lost.
 */
@external("env", "park")
declare function park(word: usize, old: i32): void;

/** Returns the value of `word` once it is no longer `old`. */
export function waitForChange(word: usize, old: i32): i32 {
  let spins = SPINS;
  while (true) {
    const now = atomic.load<i32>(word);
    if (now != old) return now;
    if (--spins > 0) continue;
    spins = SPINS;
    if (canPark) atomic.add<i32>(PARKED, 1);
    park(word, old);
    if (canPark) atomic.sub<i32>(PARKED, 1);
  }
}

/**
 * Wakes the threads that wait for `word`, which has just been changed. None is missed: a thread counts itself as parked
 * first, and `park` compares the word once more.
 */
export function wake(word: usize): void {
  if (atomic.load<i32>(PARKED) > 0) atomic.notify(word, -1);
}
