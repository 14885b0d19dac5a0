/* The table of docs/evolution.md: evolution strategies and BPTT on the same networks and samples. */
import { readFileSync } from 'node:fs';
import { cpu } from '@recurra/backend-cpu';
import {
  adam,
  type Backend,
  dense,
  type EvolveOptions,
  evolve,
  gru,
  type Network,
  type Sample,
  seededRandom,
  sequential,
} from '@recurra/core';
import { energy, ForecastJob, formatNumber, parseSeries, trainingSamples } from '@recurra/forecast';

interface Task {
  readonly name: string;
  /** The network with its initial weights. */
  network(): Network;
  readonly loss: 'meanSquaredError' | 'meanAbsoluteError';
  /** The samples on which all networks of a generation are scored. */
  batch(generation: number): readonly Sample[];
  /** Trains by BPTT. @returns the number of sequences of all its steps */
  train(network: Network): Promise<number>;
  readonly evolution: EvolveOptions;
  /** The generations after which the network is tested; the last one ends the evolution. */
  readonly tests: readonly number[];
  /** The result on samples that are not used in training. */
  test(network: Network): Promise<string>;
}

/** Trains each task both ways, and prints a table. The scores are the same in each run; the times are not. */
export async function compareEvolution(): Promise<void> {
  const backend = await cpu({ threads: 1 });
  console.log(
    '| task | trained by | forward passes, of one sequence | backward passes | processor time | score |',
  );
  console.log('|---|---|---:|---:|---:|---|');
  for (const task of [addingTask(backend), forecastTask(backend)]) {
    await trainByGradients(task);
    await trainByEvolution(task);
  }
  backend.dispose();
}

async function trainByGradients(task: Task): Promise<void> {
  const network = task.network();
  row(task, 'nothing', 0, 0, 0, await task.test(network));
  const start = process.cpuUsage();
  const sequences = await task.train(network);
  row(task, 'BPTT', sequences, sequences, secondsSince(start), await task.test(network));
  network.dispose();
}

async function trainByEvolution(task: Task): Promise<void> {
  const network = task.network();
  const generations = task.tests[task.tests.length - 1];
  const { population = 64 } = task.evolution;
  const score = async (perturbed: Network, generation: number) =>
    -(await perturbed.evaluate(task.batch(generation), { loss: task.loss })).loss;
  let seconds = 0;
  let start = process.cpuUsage();
  for await (const { generation } of evolve(network, score, { ...task.evolution, generations })) {
    if (!task.tests.includes(generation)) continue;
    seconds += secondsSince(start);
    const sequences = generation * population * task.batch(generation).length;
    const by = `evolution, ${formatNumber(generation, 0)} generations`;
    row(task, by, sequences, 0, seconds, await task.test(network));
    start = process.cpuUsage();
  }
  network.dispose();
}

function row(
  task: Task,
  by: string,
  forward: number,
  backward: number,
  seconds: number,
  score: string,
): void {
  const cells = [
    task.name,
    by,
    formatNumber(forward, 0),
    formatNumber(backward, 0),
    `${seconds.toFixed(0)} s`,
    score,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** The adding problem (Hochreiter & Schmidhuber 1997) over 20 steps, with new sequences in each step or generation. */
function addingTask(backend: Backend): Task {
  const steps = 1000;
  const batchSize = 64;
  const model = sequential([gru({ units: 16 }), dense({ units: 1 })], { inputShape: [null, 2] });
  const unseen = addingSamples(1000, 'test');
  const loss = 'meanSquaredError';
  return {
    name: 'adding problem',
    network: () => model.on(backend, { seed: 1 }),
    loss,
    batch: (generation) => addingSamples(batchSize, generation),
    async train(network) {
      const samples = addingSamples(steps * batchSize, 'training');
      const optimizer = adam({ learningRate: 0.01 });
      await network.fit(samples, { loss, optimizer, batchSize, clip: { globalNorm: 1 } }).done;
      return samples.length;
    },
    evolution: { population: 64, sigma: 0.1, optimizer: adam({ learningRate: 0.02 }) },
    tests: [60, 600],
    async test(network) {
      const { loss: error } = await network.evaluate(unseen, { loss });
      return `mean squared error ${error.toPrecision(2)}`;
    },
  };
}

function addingSamples(count: number, name: string | number, T = 20): Sample[] {
  const random = seededRandom(1, 'adding-problem', name);
  const half = T / 2;
  return Array.from({ length: count }, () => {
    const marked = [random.integer(half), half + random.integer(half)];
    const x = Array.from({ length: T }, (_, t) => [random.uniform(), marked.includes(t) ? 1 : 0]);
    return { x, y: [x[marked[0]][0] + x[marked[1]][0]] };
  });
}

/** The forecast of `npm start`, with its network and its options. */
function forecastTask(backend: Backend): Task {
  const series = parseSeries(readFileSync(energy.path, 'utf8'), energy.path, energy.columns);
  const epochs = 24;
  const options = {
    ...{ series, history: 168, horizon: 24, season: 24, heldOut: 1344 },
    ...{ cell: 'lstm' as const, units: 48, seed: 1, epochs },
  };
  const jobs = new Map<Network, ForecastJob>();
  const jobOf = (network: Network) => jobs.get(network) as ForecastJob;
  const { task, end, network: unused } = new ForecastJob(options, backend);
  unused.dispose();
  const samples = trainingSamples(series, task, end);
  const batchSize = 32;
  return {
    name: 'forecast',
    network() {
      const job = new ForecastJob(options, backend);
      jobs.set(job.network, job);
      return job.network;
    },
    loss: 'meanAbsoluteError',
    batch(generation) {
      const order = seededRandom(1, 'forecast', generation).shuffle([...samples]);
      return order.slice(0, batchSize);
    },
    async train(network) {
      const { signal } = new AbortController();
      await jobOf(network).train({ signal, save: async () => {} }).done;
      return epochs * samples.length;
    },
    evolution: { population: 64, sigma: 0.05, optimizer: adam({ learningRate: 0.01 }) },
    tests: [12, 120],
    async test(network) {
      const { mae } = await jobOf(network).networkScore();
      return `mean absolute error ${formatNumber(mae, 0)} kW`;
    },
  };
}
