/* What the page asks of the network: how much of the loss's gradient reaches each step, and the sum of two numbers. */
import type { Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import type { Kind } from './kinds.js';
import task from './task.js';

type Data = DataOf<typeof task>;

/** Norms by time step. */
export interface Norms {
  /** The kind of the cell that is being trained. */
  readonly cell: Kind;
  readonly now: readonly number[];
  /** Of each kind of cell, of the same size and seed, before any training. */
  readonly before: Readonly<Record<Kind, readonly number[]>>;
}

const SAMPLES = 32;

/** The norms before training, which stay the same. */
const first = new WeakMap<Data, Norms['before']>();

export async function picture(network: Network, data: Data): Promise<Norms> {
  const before = first.get(data) ?? (await normsBefore(network, data));
  first.set(data, before);
  return { cell: data.settings.cell as Kind, now: await normsOf(network, data), before };
}

/** The network's sum of the two numbers, marked in a sequence kept back in place of its own. */
export async function answer(network: Network, { test }: Data, numbers: readonly number[]): Promise<number> {
  const rest = [...numbers];
  const x = test[0].x.map(([number, marked]) => [marked ? (rest.shift() ?? number) : number, marked]);
  const [[sum]] = (await network.predict([x])) as number[][];
  return sum;
}

async function normsBefore({ backend, seed }: Network, data: Data): Promise<Norms['before']> {
  const of = async (cell: Kind) => {
    const network = task.model({ ...data.settings, cell }, data).on(backend, { seed });
    try {
      return await normsOf(network, data);
    } finally {
      network.dispose();
    }
  };
  return { rnn: await of('rnn'), lstm: await of('lstm'), gru: await of('gru') };
}

/** The gradient's norm at each step over some sequences kept back. */
async function normsOf(network: Network, { test }: Data): Promise<number[]> {
  const samples = test.slice(0, SAMPLES);
  const { gradientNorms } = await network.inspect(
    samples.map(({ x }) => x),
    { y: samples.map(({ y }) => y), loss: 'meanSquaredError' },
  );
  if (!gradientNorms) throw new Error('inspect gave no gradient');
  const [time, rows] = gradientNorms.shape;
  return Array.from({ length: time }, (_, t) =>
    Math.hypot(...gradientNorms.data.subarray(t * rows, (t + 1) * rows)),
  );
}
