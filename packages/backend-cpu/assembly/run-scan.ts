/* Runs the scans, on this thread or on the thread pool. */
import { Scan, ScanArgs } from './abi.generated';
import { gruBackward, gruForward } from './gru';
import { gruResetBeforeBackward, gruResetBeforeForward } from './gru-reset-before';
import { lstmBackward, lstmForward } from './lstm';
import { rnnBackward, rnnForward } from './rnn';
import { finishTask, joinPool, leaveTask, startTask, stopWorkers, waitForTask } from './thread-pool';

/** The arguments of the running scan. One set is enough, because one scan runs at a time. */
const address = memory.data(offsetof<ScanArgs>(), 16);

/** The address to which the caller writes the {@link ScanArgs} before it runs a scan. */
export function scanArgsAddress(): usize {
  return address;
}

/** Runs a scan on this thread. */
export function runScan(scan: i32): void {
  run(scan);
}

/** Runs a scan on the thread pool, once at least `minThreads` threads have joined. */
export function runScanOnPool(scan: i32, minThreads: i32): void {
  startTask(scan, minThreads);
  run(scan);
  finishTask();
}

/** Makes every {@link runWorker} return. */
export function stopPool(): void {
  stopWorkers();
}

/** Runs this instance as thread number `index` of a pool of `count`, until {@link stopPool}. */
export function runWorker(index: i32, count: i32): void {
  joinPool(index, count, true);
  for (let scan = waitForTask(); scan >= 0; scan = waitForTask()) {
    run(scan);
    leaveTask();
  }
}

function run(scan: i32): void {
  const args = changetype<ScanArgs>(address);
  switch (scan) {
    case Scan.rnnForward:
      return rnnForward(args);
    case Scan.rnnBackward:
      return rnnBackward(args);
    case Scan.lstmForward:
      return lstmForward(args);
    case Scan.lstmBackward:
      return lstmBackward(args);
    case Scan.gruForward:
      return gruForward(args);
    case Scan.gruBackward:
      return gruBackward(args);
    case Scan.gruResetBeforeForward:
      return gruResetBeforeForward(args);
    default:
      return gruResetBeforeBackward(args);
  }
}
