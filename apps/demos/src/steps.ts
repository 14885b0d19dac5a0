/* The training of one network, step by step: by `fit`, or by `evolve` if the task says so. */
import { evolve, type Generation, type Network } from '@recurra/core';
import type { Data, Settings, Task } from './task.js';

/** A step of `fit`, or a generation of `evolve`. */
export interface Step {
  /** Counted from 1. */
  readonly step: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  /** The global L2 norm of the gradient, before clipping. Evolution has none. */
  readonly gradientNorm?: number;
  /** The mean loss of an epoch, at its last step. */
  readonly summary?: { readonly loss: number };
}

/** Starts the training that the task has for these settings. It waits between steps until the next is requested. */
export function startSteps(
  task: Task,
  settings: Settings,
  data: Data,
  network: Network,
  seed: number,
): AsyncGenerator<Step, void, void> {
  const fit = { ...task.fit(settings, data), seed };
  const evolution = task.evolve?.(settings, data);
  if (!evolution) return network.fit(data.training, fit)[Symbol.asyncIterator]();
  const run = evolve(network, evolution.score, { ...evolution.options, seed });
  return stepsOf(run[Symbol.asyncIterator](), evolution.options.generations, fit.epochs ?? 1);
}

/** The generations as steps, in as many epochs as those of `fit`. */
async function* stepsOf(
  run: AsyncGenerator<Generation, void, void>,
  generations: number,
  epochs: number,
): AsyncGenerator<Step, void, void> {
  const perEpoch = generations / epochs;
  let sum = 0;
  for await (const { generation: step, mean } of run) {
    sum -= mean;
    const ended = step % perEpoch === 0;
    const summary = ended ? { loss: sum / perEpoch } : undefined;
    if (ended) sum = 0;
    yield { step, epoch: Math.ceil(step / perEpoch), epochs, loss: -mean, summary };
  }
}
