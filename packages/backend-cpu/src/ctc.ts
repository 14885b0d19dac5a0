import { DataError, type Tensor } from '@recurra/core';
import { type CtcInputs, type CtcKernel, type CtcSpec, sizeOf } from '@recurra/core/backend';
import { CTC_ARGS as ARGS, ROW_SCRATCH, TASKS } from './abi.generated.js';
import type { Context } from './memory.js';
import { partOfOthers, type Work } from './sharing.js';
import { type Share, taskRunner, writeArgs } from './tasks.js';

/** The multiplications of a product that take as long as one exponential. */
const WORK_PER_EXPONENTIAL = 20;

/** The elements of a vector. */
const LANES = 4;

/**
 * Connectionist temporal classification: T frames, B rows, C classes, L labels. Saves the forward variables of all frames,
 * and of each frame its largest logit and its total.
 */
export function ctc(context: Context, share: Share): CtcKernel {
  const { kernels, addressOf, addressOrZero, create, scoped } = context;
  const runTask = taskRunner(context, share, workOf);

  /** Throws if an element of `x` [B] or [B, L] is no whole number from 0 to `last`: it would reach memory outside an array. */
  const check = (what: string, x: Tensor, last: number) => {
    const position = kernels.firstInvalidIndex(addressOf(x), sizeOf(x.shape), last + 1);
    if (position < 0) return;
    const value = kernels.valueOf(addressOf(x) + position * Float32Array.BYTES_PER_ELEMENT);
    const row = Math.floor(position / sizeOf(x.shape.slice(1)));
    throw new DataError(`cpu: ${what} of row ${row} is ${value}; expected a whole number from 0 to ${last}`);
  };

  /** Runs a pass. To be called after all memory has been allocated. */
  const run = (
    task: number,
    spec: CtcSpec,
    inputs: CtcInputs,
    addresses: Partial<Record<keyof typeof ARGS, number>>,
  ) => {
    const { time, batch, classes, labels, blank } = spec;
    writeArgs(context.taskArgs(), ARGS, {
      ...{ time, batch, classes, labels, blank, width: widthOf(labels), savesAlphas: Number(spec.training) },
      logits: addressOf(inputs.logits),
      targets: addressOf(inputs.targets),
      lengths: addressOf(inputs.lengths),
      targetLengths: addressOf(inputs.targetLengths),
      ...addresses,
    });
    runTask(task, spec);
  };

  return {
    declines: () => undefined,

    forward: (spec, inputs) =>
      scoped((scratch) => {
        const { time, batch, classes, labels, training } = spec;
        check('a label', inputs.targets, classes - 1);
        check('the number of frames', inputs.lengths, time);
        check('the number of labels', inputs.targetLengths, labels);
        const width = widthOf(labels);
        const losses = create([batch]);
        const saved = training ? [create([batch, time + 1, 2 * width]), create([batch, time, 2])] : [];
        run(TASKS.ctcForward, spec, inputs, {
          alphas: training ? addressOf(saved[0]) : scratch(batch * 2 * width),
          totals: addressOrZero(saved[1]),
          scratch: scratch(batch * ROW_SCRATCH * width),
          losses: addressOf(losses),
        });
        return { losses, saved };
      }),

    backward: (spec, inputs, { saved: [alphas, totals] }, dLosses) =>
      scoped((scratch) => {
        const { time, batch, classes, labels } = spec;
        const dLogits = create([time, batch, classes]);
        run(TASKS.ctcBackward, spec, inputs, {
          alphas: addressOf(alphas),
          totals: addressOf(totals),
          scratch: scratch(batch * ROW_SCRATCH * widthOf(labels)),
          dLosses: addressOf(dLosses),
          dLogits: addressOf(dLogits),
        });
        return dLogits;
      }),
  };
}

/** The size of each half of the forward variables of a frame: whole vectors. */
function widthOf(labels: number): number {
  return Math.ceil((labels + 1) / LANES) * LANES;
}

function workOf({ time, batch, classes, labels }: CtcSpec, threads: number): Work {
  const multiplications = WORK_PER_EXPONENTIAL * time * batch * (classes + 3 * labels);
  return { multiplications, shared: multiplications * partOfOthers(batch, threads), barriers: 1 };
}
