/*
 * The command `npx pnpm long-memory`: the adding problem over many steps, with a GRU and with a minGRU. Both have the same
 * samples, number of updates and optimizer; the processor time is measured.
 */
import { parseArgs } from 'node:util';
import { cpu } from '@recurra/backend-cpu';
import {
  adam,
  type Backend,
  clipGradients,
  dense,
  gru,
  minGru,
  type NDArray,
  type Network,
  Optimizer,
  resolveLoss,
  seededRandom,
  sequential,
} from '@recurra/core';
import { addingProblem } from './problem.js';
import { median } from './statistics.js';

const cells = { gru, minGru };
type CellName = keyof typeof cells;

/** One training. */
export interface LongMemoryRun {
  readonly cell: CellName;
  /** Time steps of a sequence. */
  readonly steps: number;
  readonly updates: number;
  readonly seed: number;
  /** Start with gates that keep the state for up to as many steps as the sequence has (Tallec & Ollivier 2018). */
  readonly longGates: boolean;
}

export interface LongMemoryResult {
  /** The mean squared error on sequences that were not trained on, at the end. */
  readonly error: number;
  /** Processor time of one update. */
  readonly msPerUpdate: number;
  /** The first number of updates after which the error is below {@link solved}; undefined if it never is. */
  readonly solvedAfter?: number;
}

/** The mean of the two numbers as a prediction has an error of 1/6. */
const solved = 0.01;
const units = 64;
const batch = 32;
const testRows = 512;
const updatesBetweenTests = 20;

/** Trains on new sequences in every update. */
export async function trainOnAdding(backend: Backend, run: LongMemoryRun): Promise<LongMemoryResult> {
  const { cell, steps, updates, seed, longGates } = run;
  const model = sequential([cells[cell]({ units }), dense({ units: 1 })], { inputShape: [null, 2] });
  const network = model.on(backend, { seed });
  if (longGates) await openLongGates(network, cell, steps, seed);
  const optimizer = new Optimizer(adam({ learningRate: 0.01 }), backend);
  const test = addingProblem(steps, testRows, 0);
  let microseconds = 0;
  let error = Number.NaN;
  let solvedAfter: number | undefined;
  try {
    for (let update = 1; update <= updates; update++) {
      const { x, target } = addingProblem(steps, batch, seed * 1e6 + update);
      const before = process.cpuUsage();
      await step(network, optimizer, x, target);
      const { user, system } = process.cpuUsage(before);
      microseconds += user + system;
      if (update % updatesBetweenTests !== 0 && update !== updates) continue;
      const y = await network.predict(test.x);
      error = meanSquare((y as NDArray).data, test.target.data);
      if (error < solved) solvedAfter ??= update;
    }
    return { error, msPerUpdate: microseconds / 1000 / updates, solvedAfter };
  } finally {
    optimizer.dispose();
    network.dispose();
  }
}

async function step(network: Network, optimizer: Optimizer, x: NDArray, target: NDArray): Promise<void> {
  const { backend, parameters } = network;
  const [rows, steps, features] = x.shape;
  const { compute } = resolveLoss('meanSquaredError');
  const tape = network.tape();
  try {
    for (const parameter of parameters.values()) tape.watch(parameter);
    const batchMajor = tape.constant(x.data as Float32Array, [rows, steps, features]);
    const value = tape.transpose(batchMajor, [1, 0, 2]);
    const { output } = network.forward(tape, { value }, { training: true, step: optimizer.step });
    const targets = Float64Array.from(target.data);
    const loss = compute(tape, output, {
      targets,
      shape: [rows, 1],
      weights: new Float64Array(rows).fill(1),
    });
    const names = [...parameters.keys()];
    const computed = tape.gradients([[loss, 1]], [...parameters.values()]);
    const byName = new Map(names.map((name, i) => [name, computed[i]]));
    const { gradients } = await clipGradients(tape, byName, { globalNorm: 1 });
    optimizer.apply(tape, parameters, gradients);
    await backend.read(loss);
  } finally {
    tape.dispose();
  }
}

/** The biases of the gate that keeps the state are drawn so that the units remember for 1 to `steps` − 1 steps. */
async function openLongGates(network: Network, cell: CellName, steps: number, seed: number): Promise<void> {
  const weights = await network.getWeights();
  const { '0.bias': bias } = weights;
  const random = seededRandom(seed, 'long-gates');
  for (let unit = 0; unit < units; unit++) {
    const opening = Math.log(1 + random.uniform() * (steps - 2));
    // z of the GRU is the part of the state that is kept; z of the minGRU is the part that is replaced.
    if (cell === 'gru') bias.data[units + unit] = opening;
    else bias.data[unit] = -opening;
  }
  network.setWeights(weights);
}

function meanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length;
}

/** The table of all trainings, as Markdown: medians over the seeds. */
export async function longMemoryTable(
  backend: Backend,
  options: { readonly steps: number; readonly updates: number; readonly seeds: number },
): Promise<string> {
  const { steps, updates, seeds } = options;
  const lines = [
    `| cell | first gates | error after ${updates} updates, by seed | error < ${solved} after | ms an update | seconds to error < ${solved} |`,
    '|---|---|---|---|---|---|',
  ];
  for (const longGates of [false, true]) {
    const results = { gru: [] as LongMemoryResult[], minGru: [] as LongMemoryResult[] };
    for (let seed = 1; seed <= seeds; seed++)
      for (const cell of ['gru', 'minGru'] as const)
        results[cell].push(await trainOnAdding(backend, { cell, steps, updates, seed, longGates }));
    for (const [cell, runs] of Object.entries(results)) {
      const ms = median(runs.map(({ msPerUpdate }) => msPerUpdate));
      const all = runs.map(({ solvedAfter }) => solvedAfter).filter((n) => n !== undefined);
      const after = all.length === runs.length ? median(all) : undefined;
      lines.push(
        `| \`${cell}\` | ${[
          longGates ? 'long' : 'default',
          runs.map(({ error }) => error.toFixed(4)).join(', '),
          after === undefined ? `${all.length} of ${runs.length} seeds` : `${after} updates`,
          ms.toFixed(0),
          after === undefined ? '–' : ((after * ms) / 1000).toFixed(0),
        ].join(' | ')} |`,
      );
    }
  }
  return lines.join('\n');
}

const usage = `Usage: npx pnpm long-memory [options]

Trains a GRU and a minGRU of ${units} units on the adding problem, on one thread, and prints a table.

  --steps N     time steps of a sequence (default: 500)
  --updates N   updates of each training (default: 800)
  --seeds N     trainings of each cell (default: 3)
`;

export async function main(): Promise<void> {
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { steps: string, updates: string, seeds: string, help: { type: 'boolean' } },
  });
  if (values.help) return console.log(usage);
  const number = (name: 'steps' | 'updates' | 'seeds', fallback: number) => {
    const value = Number(values[name] ?? fallback);
    if (!Number.isInteger(value) || value < 2)
      throw new Error(`--${name} must be a whole number from 2, not ${values[name]}`);
    return value;
  };
  const options = { steps: number('steps', 500), updates: number('updates', 800), seeds: number('seeds', 3) };
  const backend = await cpu({ threads: 1 });
  try {
    console.log(await longMemoryTable(backend, options));
  } finally {
    backend.dispose();
  }
}
