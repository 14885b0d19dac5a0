/* Queries of the page to the networks: their sums of held-out sequences, and of the reader's sequence. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import type { Networks } from '../../src/worker/tasks.js';
import type { Steps } from '../why-lstm/problems.js';
import { sumsOf } from './answers.js';
import { sequenceIn, textOf } from './sequence.js';
import type task from './task.js';

type Data = DataOf<typeof task>;

/** True sums of held-out sequences, and each network's answers, by its name. */
export interface Sums {
  readonly truth: readonly number[];
  readonly answers: Readonly<Record<string, readonly number[]>>;
}

export interface Reading {
  readonly x: Steps;
  /** The sum of the marked numbers. */
  readonly truth: number;
  /** By the network's name. */
  readonly answers: Readonly<Record<string, number>>;
}

/** The number of held-out sequences in the picture. */
const SHOWN = 120;

export async function picture(_: Network, { test }: Data, networks: Networks): Promise<Sums> {
  const shown = test.slice(0, SHOWN);
  const answers: Record<string, number[]> = {};
  for (const [name, network] of Object.entries(networks))
    answers[name] = await sumsOf(
      network,
      shown.map(({ x }) => x),
    );
  return { truth: shown.map(({ y: [sum] }) => sum), answers };
}

/** @param text the reader's sequence, as in the URL; one of another length is replaced by a held-out one */
export async function answer(
  _: Network,
  { steps, test }: Data,
  text: string,
  networks: Networks,
): Promise<Reading> {
  // Rounded to hundredths, as the reader's will be.
  const x = sequenceIn(text, steps) ?? (sequenceIn(textOf(test[0].x), steps) as Steps);
  const answers: Record<string, number> = {};
  for (const [name, network] of Object.entries(networks)) [answers[name]] = await sumsOf(network, [x]);
  return { x, truth: x.reduce((sum, [value, marked]) => sum + marked * value, 0), answers };
}
