import type { ScanInputs, ScanKernel, ScanSpec } from '@recurra/core/backend';
import { SCAN_ARGS as ARGS, TASKS } from './abi.generated.js';
import type { Context } from './memory.js';
import { type Share, taskRunner } from './tasks.js';

/** Elements of a, below which waking the threads takes longer than it saves. */
const MIN_WORK = 500_000;

/** The scan h_t = a_t ⊙ h_{t−1} + b_t over a sequence: T steps, B rows, H units. */
export function scan(context: Context, share: Share): ScanKernel {
  const { addressOf, addressOrZero, create, initialize, scoped } = context;
  const runTask = taskRunner(context, share);

  /** Runs a pass. To be called after all memory has been allocated. */
  const run = (
    task: number,
    { time, batch, units, reverse }: ScanSpec,
    { a, initialState, lengths }: ScanInputs,
    addresses: { readonly [name in keyof typeof ARGS]?: number },
  ) => {
    const args = context.taskArgs();
    args[ARGS.time] = time;
    args[ARGS.batch] = batch;
    args[ARGS.units] = units;
    args[ARGS.reverse] = Number(reverse);
    args[ARGS.a] = addressOf(a);
    args[ARGS.initialState] = addressOrZero(initialState);
    args[ARGS.lengths] = addressOrZero(lengths);
    for (const [name, address] of Object.entries(addresses)) args[ARGS[name as keyof typeof ARGS]] = address;
    runTask(task, time * batch * units >= MIN_WORK);
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
