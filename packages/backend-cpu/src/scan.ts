import type { ScanInputs, ScanKernel, ScanSpec } from '@recurra/core/backend';
import { SCAN_ARGS as ARGS, SCAN_BLOCK, TASKS } from './abi.generated.js';
import type { Context } from './memory.js';
import { partOfOthers, type Work } from './sharing.js';
import { type Share, taskRunner, writeArgs } from './tasks.js';

/** The multiplications of a product that take as long as one element of a. */
const WORK_PER_ELEMENT = 8;

/** The scan h_t = a_t ⊙ h_{t−1} + b_t over a sequence: T steps, B rows, H units. */
export function scan(context: Context, share: Share): ScanKernel {
  const { addressOf, addressOrZero, create, initialize, scoped } = context;
  const runTask = taskRunner(context, share, workOf);

  /** Runs a pass. To be called after all memory has been allocated. */
  const run = (
    task: number,
    spec: ScanSpec,
    inputs: ScanInputs,
    addresses: Partial<Record<keyof typeof ARGS, number>>,
  ) => {
    const { time, batch, units, reverse } = spec;
    writeArgs(context.taskArgs(), ARGS, {
      ...{ time, batch, units, reverse: Number(reverse) },
      a: addressOf(inputs.a),
      initialState: addressOrZero(inputs.initialState),
      lengths: addressOrZero(inputs.lengths),
      ...addresses,
    });
    runTask(task, spec);
  };

  return {
    declines: () => undefined,

    forward: (spec, inputs) =>
      scoped(() => {
        const { time, batch, units } = spec;
        const y = create([time, batch, units]);
        const state = create([batch, units]);
        run(TASKS.scanForward, spec, inputs, {
          b: addressOf(inputs.b),
          y: addressOf(y),
          state: addressOf(state),
        });
        return { y, state, saved: [] };
      }),

    backward: (spec, inputs, { y }, gradients) =>
      scoped((scratch) => {
        const { time, batch, units } = spec;
        const da = create([time, batch, units]);
        const db = create([time, batch, units]);
        const initialState = inputs.initialState && create([batch, units]);
        const dh = initialState ? addressOf(initialState) : scratch(batch * units);
        initialize(gradients.state, dh, batch * units);
        run(TASKS.scanBackward, spec, inputs, {
          y: addressOf(y),
          dy: addressOrZero(gradients.y),
          state: dh,
          da: addressOf(da),
          db: addressOf(db),
        });
        return { a: da, b: db, initialState };
      }),
  };
}

function workOf({ time, batch, units }: ScanSpec, threads: number): Work {
  const multiplications = WORK_PER_ELEMENT * time * batch * units;
  const blocks = Math.ceil((batch * units) / SCAN_BLOCK);
  return { multiplications, shared: multiplications * partOfOthers(blocks, threads), barriers: 1 };
}
