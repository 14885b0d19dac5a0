/* The walks over a sequence, by their numbers, on this thread or on the whole team. */
import { gruBackward, gruForward } from './gru';
import { gruResetBeforeBackward, gruResetBeforeForward } from './gru-reset-before';
import { lstmBackward, lstmForward } from './lstm';
import { rnnBackward, rnnForward } from './rnn';
import { awaitTask, begin, end, endTeam, join, leave } from './team';
import { Walk } from './walk';

/** The one walk that can be under way. */
const walk = memory.data(offsetof<Walk>(), 16);

/** Where the fields of {@link Walk} are to be written before {@link runWalk}. */
export function walkAddress(): usize {
  return walk;
}

/** Runs a walk on this thread. `kernel` is its place in src/cells.ts. */
export function runWalk(kernel: i32): void {
  run(kernel);
}

/** Runs a walk on the team, once `quorum` threads are there. */
export function runTogether(kernel: i32, quorum: i32): void {
  begin(kernel, quorum);
  run(kernel);
  end();
}

/** Lets the other threads return from {@link serve}. */
export function dismiss(): void {
  endTeam();
}

/** Makes this instance a thread of a team of `threads`, and takes part in what thread 0 runs until that dismisses it. */
export function serve(thread: i32, threads: i32): void {
  join(thread, threads, true);
  for (let kernel = awaitTask(); kernel >= 0; kernel = awaitTask()) {
    run(kernel);
    leave();
  }
}

function run(kernel: i32): void {
  const it = changetype<Walk>(walk);
  switch (kernel) {
    case 0:
      return rnnForward(it);
    case 1:
      return rnnBackward(it);
    case 2:
      return lstmForward(it);
    case 3:
      return lstmBackward(it);
    case 4:
      return gruForward(it);
    case 5:
      return gruBackward(it);
    case 6:
      return gruResetBeforeForward(it);
    default:
      return gruResetBeforeBackward(it);
  }
}
