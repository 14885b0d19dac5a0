/* Runs the kernels in {@link Task}, on this thread or on the thread pool. */
import { CtcArgs, RecurrentArgs, ScanArgs, Task, TASK_ARGS_BYTES } from './abi.generated';
import { ctcBackward, ctcForward } from './ctc';
import { gruBackward, gruForward } from './gru';
import { gruResetBeforeBackward, gruResetBeforeForward } from './gru-reset-before';
import { lstmBackward, lstmForward } from './lstm';
import { rnnBackward, rnnForward } from './rnn';
import { scanBackward, scanForward } from './scan';
import { finishTask, joinPool, leaveTask, startTask, stopWorkers, waitForTask } from './thread-pool';

/** The arguments of the running task. Room for the largest struct is enough, because one task runs at a time. */
const address = memory.data(TASK_ARGS_BYTES, 16);

/** The address to which the caller writes the arguments of a task before it runs it. */
export function taskArgsAddress(): usize {
  return address;
}

/** Runs a task on this thread. */
export function runTask(task: i32): void {
  run(task);
}

/** Runs a task on the thread pool, once at least `minThreads` threads have joined. */
export function runTaskOnPool(task: i32, minThreads: i32): void {
  startTask(task, minThreads);
  run(task);
  finishTask();
}

/** Makes every {@link runWorker} return. */
export function stopPool(): void {
  stopWorkers();
}

/** Runs this instance as thread number `index` of a pool of `count`, until {@link stopPool}. */
export function runWorker(index: i32, count: i32): void {
  joinPool(index, count, true);
  for (let task = waitForTask(); task >= 0; task = waitForTask()) {
    run(task);
    leaveTask();
  }
}

function run(task: i32): void {
  const args = changetype<RecurrentArgs>(address);
  switch (task) {
    case Task.rnnForward:
      return rnnForward(args);
    case Task.rnnBackward:
      return rnnBackward(args);
    case Task.lstmForward:
      return lstmForward(args);
    case Task.lstmBackward:
      return lstmBackward(args);
    case Task.gruForward:
      return gruForward(args);
    case Task.gruBackward:
      return gruBackward(args);
    case Task.gruResetBeforeForward:
      return gruResetBeforeForward(args);
    case Task.gruResetBeforeBackward:
      return gruResetBeforeBackward(args);
    case Task.scanForward:
      return scanForward(changetype<ScanArgs>(address));
    case Task.scanBackward:
      return scanBackward(changetype<ScanArgs>(address));
    case Task.ctcForward:
      return ctcForward(changetype<CtcArgs>(address));
    default:
      return ctcBackward(changetype<CtcArgs>(address));
  }
}
