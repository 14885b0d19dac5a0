/*
 * Queries of the page to the networks: how much of the loss's gradient reaches each step, and the inputs on
 * which their answers depend.
 */
import type { NDArray, Network } from '@recurra/core';
import type { DataOf } from '../../src/task.js';
import type { Networks } from '../../src/worker/tasks.js';
import { type Puzzle, type Steps, withMarked } from './problems.js';
import task from './task.js';

type Data = DataOf<typeof task>;

/** The norm of the gradient by time step, for each network by name. */
export type Norms = Readonly<Record<string, readonly number[]>>;

/** A held-out sequence, with the reader's values at its marked steps. */
export interface Reading extends Puzzle {
  readonly problem: string;
  readonly networks: Readonly<Record<string, Answer>>;
  /** The forget gates of the LSTM, by step and unit. */
  readonly forgetGates: readonly (readonly number[])[];
  /** The update gates of the minGRU, by step and unit. */
  readonly updateGates: readonly (readonly number[])[];
}

export interface Answer {
  readonly output: readonly number[];
  /** The gradient of the first number of the output with respect to the value at each step. */
  readonly slopes: readonly number[];
}

/** The number of held-out sequences over which the norms are computed. */
const SAMPLES = 16;

export function picture(_: Network, data: Data, networks: Networks): Promise<Norms> {
  return ofEach(networks, (network) => normsOf(network, data));
}

export async function answer(
  _: Network,
  { settings: { problem }, test }: Data,
  values: readonly number[],
  networks: Networks,
): Promise<Reading> {
  const puzzle = withMarked(problem, test[0].x, values);
  const lstm = await networks.LSTM.inspect([puzzle.x]);
  const minGru = await networks.minGRU.inspect([puzzle.x]);
  return {
    ...puzzle,
    problem,
    networks: await ofEach(networks, (network) => answerOf(network, puzzle.x)),
    forgetGates: rowsOf(lstm.steps.forgetGate),
    updateGates: rowsOf(minGru.steps.updateGate),
  };
}

async function ofEach<T>(
  networks: Networks,
  of: (network: Network) => Promise<T>,
): Promise<Readonly<Record<string, T>>> {
  const results: Record<string, T> = {};
  for (const [name, network] of Object.entries(networks)) results[name] = await of(network);
  return results;
}

/** The norm of the gradient of the training's loss with respect to the hidden state after each step. */
async function normsOf(network: Network, data: Data): Promise<number[]> {
  const samples = data.test.slice(0, SAMPLES);
  const { gradientNorms } = await network.inspect(
    samples.map(({ x }) => x),
    { y: samples.map(({ y }) => y), loss: task.fit(data.settings, data).loss },
  );
  return rowsOf(gradientNorms as NDArray).map((ofSamples) => Math.hypot(...ofSamples));
}

/** The network's output for one sequence, and its gradient by backpropagation through time. */
async function answerOf(network: Network, x: Steps): Promise<Answer> {
  const tape = network.tape();
  try {
    const input = tape.watch(tape.constant(x.flat(), [x.length, 1, 2]));
    const { value } = network.forward(tape, { value: input }).output;
    const [, width] = value.shape;
    const first = tape.constant([1, ...new Array(width - 1).fill(0)], value.shape);
    const [gradient] = tape.gradients([[value, first]], [input]);
    const ofValues = await network.backend.read(gradient);
    return {
      output: Array.from(await network.backend.read(value)),
      slopes: x.map((_, t) => ofValues[2 * t]),
    };
  } finally {
    tape.dispose();
  }
}

/** The rows of [steps, width], or of [steps, 1, width]. */
function rowsOf({ data, shape: [steps] }: NDArray): number[][] {
  const width = data.length / steps;
  return Array.from({ length: steps }, (_, t) => Array.from(data.slice(t * width, (t + 1) * width)));
}
