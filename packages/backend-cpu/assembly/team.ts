/*
 * The team: threads that run a walk together. All run the same code; what they share out between them are the parts of its
 * loops. Each thread has parts of its own, and once those are done it takes of another's: so a core that is slower, or is
 * busy with something else, does less, and nobody waits for a thread that has nothing in hand.
 *
 * A thread is an instance of this module with the same memory; the variables here are each thread's own, for a WebAssembly
 * global belongs to one instance.
 *
 * A step of a sequence takes a few microseconds, and to wake a parked thread takes tens. So a thread that waits first
 * spins, long enough for the time between two calls, and parks after that.
 */
import { PANEL } from './tiles';

const MOST_THREADS = 64;
const CACHE_LINE = 64;
/** Looks at what it waits for before a thread parks: some 20 µs. */
const SPINS = 20_000;
/** In {@link DOOR}: a walk is under way. The bits below count the other threads in it. */
const OPEN = 1 << 16;

/*
 * What the threads share lies where no instance writes when it starts, each word in a cache line of its own: which walk is to
 * be run, how many there were, who is in it, how many have come, how many must come before it begins, how many parts of it
 * are done, how many threads are parked, and for each thread how many of its parts are taken.
 */
const TASK = (__heap_base + CACHE_LINE - 1) & ~(CACHE_LINE - 1);
const CALLS = TASK + CACHE_LINE;
const DOOR = CALLS + CACHE_LINE;
const ARRIVED = DOOR + CACHE_LINE;
const QUORUM = ARRIVED + CACHE_LINE;
const DONE = QUORUM + CACHE_LINE;
const PARKED = DONE + CACHE_LINE;
const TAKEN = PARKED + CACHE_LINE;
/** Where the memory of those ends. */
export const TEAM_END = TAKEN + MOST_THREADS * CACHE_LINE;

/** This thread's number. */
let thread: i32 = 0;
/** How many threads the team has. */
let members: i32 = 1;
/** How many run what runs now. */
let threads: i32 = 1;
/** A page's own thread may not be parked. */
let mayPark: bool = false;
/** Other threads: the last call that this one has seen. */
let lastCall: i32 = 0;

/** The parts of the turn under way: from `first` to `last`, which is not among them. */
export let first: i32 = 0;
export let last: i32 = 0;
/** The loop under way: its number, its parts, and in whose this thread looks for the next. */
let loop: i32 = 0;
let parts: i32 = 0;
let owner: i32 = 0;
/** Parts of the loops so far, and of those the ones that this thread has done since it last said so. */
let total: i32 = 0;
let done: i32 = 0;

/**
 * Parks while `word` holds `old`: `Atomics.wait`, in JavaScript. After `memory.atomic.wait32` the baseline compiler of V8 11
 * (Node 20) may have lost the function's variables. On thread 0 it comes back after a while, does not park where it may not, and
 * throws where a thread that is waited for is lost.
 */
@external("env", "park")
declare function park(word: usize, old: i32): void;

/** For each thread two rows of a panel's width: what a panel that is not full is multiplied into. */
const tiles = memory.data(MOST_THREADS * 2 * PANEL * 4, 64);

/** Makes this instance thread number `index` of a team of `count`. */
export function join(index: i32, count: i32, parks: bool): void {
  thread = index;
  members = count;
  mayPark = parks;
}

/**
 * Begins a loop over `count` parts that do not depend on each other: `for (let some = share(n); some; some = next())`. Each
 * turn has the parts from {@link first} to {@link last}. The loop ends for a thread when all parts are taken; that they
 * are done, {@link meet} says.
 */
export function share(count: i32): bool {
  parts = count;
  first = 0;
  last = 0;
  if (threads > 1) {
    loop += 1;
    total += count;
    owner = thread;
  }
  return next();
}

/** Goes on to the next turn. @returns whether there is one */
export function next(): bool {
  if (threads == 1) {
    first = last;
    last = parts;
    return first < last;
  }
  done += last - first;
  do {
    if (takeFrom(owner)) return true;
    owner = owner + 1 == threads ? 0 : owner + 1;
  } while (owner != thread);
  first = last;
  return false;
}

/**
 * Takes half of what is left of `member`'s parts: many at once while there are many, which is faster, and few at the end,
 * so that all end together (Polychronopoulos & Kuck 1987).
 */
function takeFrom(member: i32): bool {
  const from = (parts * member) / threads;
  const size = (parts * (member + 1)) / threads - from;
  const word = TAKEN + member * CACHE_LINE;
  while (true) {
    // The number of the loop, and how many of this one's parts are taken in it. One that comes late finds a later loop.
    const seen = atomic.load<i64>(word);
    const at = <i32>(seen >> 32);
    if (at > loop) return false;
    const taken = at == loop ? <i32>seen : 0;
    if (taken == size) return false;
    const count = (size - taken + 1) >> 1;
    if (atomic.cmpxchg<i64>(word, seen, (<i64>loop << 32) | (taken + count)) != seen) continue;
    first = from + taken;
    last = first + count;
    return true;
  }
}

/** Returns once all parts of the loops so far are done. */
export function meet(): void {
  if (threads == 1) return;
  let now = done ? atomic.add<i32>(DONE, done) + done : atomic.load<i32>(DONE);
  if (done && now == total) wake(DONE);
  done = 0;
  while (now < total) now = change(DONE, now);
}

/**
 * Thread 0: opens walk number `task` to the others, who come in when they can, and takes part from here to {@link end}.
 * @param quorum how many threads must be there before it begins
 */
export function begin(task: i32, quorum: i32): void {
  for (let i = 0; i < members; i++) atomic.store<i64>(TAKEN + i * CACHE_LINE, 0);
  atomic.store<i32>(DONE, 0);
  atomic.store<i32>(ARRIVED, 0);
  atomic.store<i32>(QUORUM, quorum);
  atomic.store<i32>(TASK, task);
  atomic.add<i32>(DOOR, OPEN);
  call();
  enter();
}

/** Thread 0: waits until all of the walk is done, and nobody is in it any more. */
export function end(): void {
  meet();
  threads = 1;
  let inside = atomic.sub<i32>(DOOR, OPEN) - OPEN;
  while (inside > 0) inside = change(DOOR, inside);
}

/** Thread 0: lets the others go. */
export function endTeam(): void {
  atomic.store<i32>(TASK, -1);
  call();
}

/** Other threads: waits for a walk and comes in; returns its number, or -1 where the team has ended. */
export function awaitTask(): i32 {
  while (true) {
    const seen = change(CALLS, lastCall);
    if (atomic.load<i32>(TASK) < 0) return -1;
    if (atomic.add<i32>(DOOR, 1) >= OPEN) {
      lastCall = atomic.load<i32>(CALLS);
      enter();
      return atomic.load<i32>(TASK);
    }
    // It is over already.
    lastCall = seen;
    goOut();
  }
}

/** Other threads: goes out, once all is done. */
export function leave(): void {
  meet();
  goOut();
}

function goOut(): void {
  atomic.sub<i32>(DOOR, 1);
  wake(DOOR);
}

function enter(): void {
  threads = members;
  loop = 0;
  total = 0;
  done = 0;
  const quorum = atomic.load<i32>(QUORUM);
  let now = atomic.add<i32>(ARRIVED, 1) + 1;
  if (now == quorum) wake(ARRIVED);
  while (now < quorum) now = change(ARRIVED, now);
}

function call(): void {
  atomic.add<i32>(CALLS, 1);
  wake(CALLS);
}

/** Returns what `word` holds once it is no longer `old`. */
function change(word: usize, old: i32): i32 {
  let spins = SPINS;
  while (true) {
    const now = atomic.load<i32>(word);
    if (now != old) return now;
    if (--spins > 0) continue;
    spins = SPINS;
    if (mayPark) atomic.add<i32>(PARKED, 1);
    park(word, old);
    if (mayPark) atomic.sub<i32>(PARKED, 1);
  }
}

/** One that parks counts itself first, and then looks at the word once more, so none is missed. */
function wake(word: usize): void {
  if (atomic.load<i32>(PARKED) > 0) atomic.notify(word, -1);
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
