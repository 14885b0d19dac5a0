/* Measures what it costs to share a task among the threads of a pool, and whether it pays on this machine. */
import { RECURRENT_ARGS as ARGS, TASK_ARGS_BYTES, TASKS } from './abi.generated.js';
import type { Context } from './memory.js';
import { bandsOf, type SharingCosts } from './sharing.js';
import { writeArgs } from './tasks.js';

/** The rounds of a measurement, of which the fastest counts, and the milliseconds after which no further round begins. */
const ROUNDS = 6;
const BUDGET = 10;
/** How long to look for a speed-up on a machine that is busy, in milliseconds. */
const PATIENCE = 30;
/** With this speed-up, the search ends. */
const GOOD_SPEEDUP = 1.5;
/** The milliseconds after which waiting threads have parked. */
const PARK_TIME = 0.3;
/** Where a busy machine measures nonsense, the costs stay within these limits. */
const LIMITS = { speed: [9_000, 120_000], wake: [20, 200], barrier: [0.1, 2] } as const;

/** A pass that is long enough to share: its time steps, batch and units, and inputs of the same number. */
const LONG = { time: 16, batch: 32, units: 128 };
/** A pass with nearly nothing but barriers: one for the projection of the inputs, and one for each step. */
const STEPS = { time: 199, batch: 1, units: 16 };
const EMPTY = { time: 0, batch: 1, units: 16 };

export interface Calibration {
  readonly costs: SharingCosts;
  /** How many times as fast a long pass is if all threads share it. */
  readonly speedup: number;
}

/**
 * Measures for about 10 ms, or 60 ms on a machine that is busy.
 * @throws DeviceError if a thread was lost
 */
export function calibrate(context: Context): Calibration {
  const { kernels, pool, threads } = context;
  const alone = () => kernels.runTask(TASKS.rnnForward);
  const together = () => {
    pool.beginTask();
    kernels.runTaskOnPool(TASKS.rnnForward, threads);
  };
  const long = withPass(context, LONG, () => {
    const end = performance.now() + PATIENCE;
    let single = leastTime(alone);
    let shared = leastTime(together);
    while (single / shared < GOOD_SPEEDUP && performance.now() < end) {
      single = Math.min(single, leastTime(alone));
      shared = Math.min(shared, leastTime(together));
    }
    return { single, shared };
  });
  const barriers = withPass(context, STEPS, () => leastTime(together) - leastTime(alone));
  const wake = withPass(context, EMPTY, () => leastTime(together, waitUntilParked));
  const work = 2 * LONG.time * LONG.batch * LONG.units ** 2;
  return {
    costs: {
      speed: within(LIMITS.speed, work / long.single),
      wake: within(LIMITS.wake, wake),
      barrier: within(LIMITS.barrier, barriers / (STEPS.time + 1)),
    },
    speedup: long.single / long.shared,
  };
}

/** Runs `body` with the arguments of a forward pass of an RNN over zeros. */
function withPass<T>(context: Context, { time, batch, units }: typeof LONG, body: () => T): T {
  return context.scoped((scratch) => {
    const zeros = (size: number) => {
      const address = scratch(size);
      context.kernels.fill(address, 0, size);
      return address;
    };
    const addresses = {
      x: zeros(time * batch * units),
      y: scratch(time * batch * units),
      gates: scratch(time * batch * units),
      kernel: zeros(units * units),
      hEven: zeros(batch * units),
      hOdd: scratch(batch * units),
    };
    context.taskArgs().fill(0, 0, TASK_ARGS_BYTES / 4);
    writeArgs(context.taskArgs(), ARGS, {
      ...{ time, batch, units, inputSize: units, rows: batch, ...addresses },
      bands: bandsOf(batch, units ** 2, context.threads),
      recurrentKernel: addresses.kernel,
    });
    return body();
  });
}

/** The shortest time of several rounds, in microseconds. `before` is not measured. */
function leastTime(run: () => void, before: () => void = () => {}): number {
  const end = performance.now() + BUDGET;
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    before();
    const start = performance.now();
    run();
    const now = performance.now();
    least = Math.min(least, now - start);
    if (now > end) break;
  }
  return least * 1000;
}

function waitUntilParked(): void {
  const end = performance.now() + PARK_TIME;
  while (performance.now() < end);
}

function within([least, most]: readonly [number, number], value: number): number {
  return Math.min(Math.max(value, least), most);
}
