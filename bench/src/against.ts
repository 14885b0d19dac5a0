/*
 * Compares the CPU backend of this checkout of Recurra with that of another: the same scenarios in turns. Both run in one process, because two
 * processes can stay on cores of different speeds.
 */
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { difference } from './expected.js';
import { fail } from './fail.js';
import { duration, threadsOf } from './format.js';
import { inCheckout } from './node/checkout-hooks.js';
import { problemOf } from './problem.js';
import type { Scenario } from './scenarios.js';
import { geometricMean, median, medianInterval } from './statistics.js';
import { openWorkers, type Round, type SystemWorker } from './worker.js';

export interface AgainstOptions {
  /** The other checkout, which must be built. */
  readonly folder: string;
  readonly threads: number;
  readonly scenarios: readonly Scenario[];
  /** The number of ratios of each scenario, at least. Default: 21. */
  readonly rounds?: number;
}

/** Of processor time, because the compilation of JavaScript depends on the repetitions. */
const warmUpMs = 500;
const own = 'recurra-cpu';

const sliceMs = 25;
/** Short repetitions have more ratios than required: as many as fit into this time, up to `mostRounds`. */
const timeMs = 8000;
const mostRounds = 101;

/** A scenario is slower if the median of its ratios is above this. */
const limit = 1.03;

/**
 * Prints the time of this checkout as a multiple of the other's: the median of the ratios, with the interval that has the true
 * median in 95 of 100 cases. One thread is judged by its processor time, which other work on the machine
 * changes least; more threads by the clock. Sets exit code 1 if a scenario is slower by more than 3 % and its interval is above 1, or if outputs differ.
 */
export async function compareCheckouts(options: AgainstOptions): Promise<void> {
  const { folder, threads, scenarios, rounds = 21 } = options;
  const built = 'packages/backend-cpu/dist/index.js';
  const missing = [built, 'bench/node_modules/@recurra/core'].find((path) => !existsSync(join(folder, path)));
  if (missing)
    return fail(
      `--against: ${folder} is not an installed and built checkout of Recurra: it has no ${missing}`,
    );
  register('./node/checkout-hooks.js', import.meta.url);
  const before = await openIn(folder, threads);
  const after = await openIn(fileURLToPath(new URL('../..', import.meta.url)), threads);
  const byProcessor = threads === 1;
  console.log(`${own} with ${threadsOf(threads)}, by ${byProcessor ? 'processor time' : 'the clock'}\n`);
  const ratios: number[] = [];
  for (const scenario of scenarios.filter(({ systems }) => !systems || systems.includes(own))) {
    const wrong = await prepare(scenario, before, after);
    if (wrong) {
      console.log(`${scenario.name.padEnd(24)} NOT TIMED: ${wrong}`);
      process.exitCode = 1;
      continue;
    }
    const timeOf = ({ times, processorMs }: Round) => (byProcessor && processorMs) || median(times);
    const pairs = await timeInTurns(before, after, rounds, timeOf);
    const values = pairs.map(([old, now]) => now / old);
    const ratio = median(values);
    ratios.push(ratio);
    const [low, high] = medianInterval(values);
    const [old, now] = [0, 1].map((i) => duration(median(pairs.map((pair) => pair[i]))));
    const slower = ratio > limit ? (low > 1 ? 'SLOWER' : 'unclear: use more --rounds') : '';
    if (slower === 'SLOWER') process.exitCode = 1;
    const verdict = `${values.length} ratios  ${slower || (high < 1 ? 'faster' : '')}`.trimEnd();
    console.log(
      `${scenario.name.padEnd(24)} ${old.padStart(9)} → ${now.padStart(9)}  ×${ratio.toFixed(3)} (${low.toFixed(3)} – ${high.toFixed(3)})  ${verdict}`,
    );
  }
  if (ratios.length > 1) console.log(`\ngeometric mean ×${geometricMean(ratios).toFixed(3)}`);
}

async function openIn(folder: string, threads: number): Promise<SystemWorker> {
  const address = inCheckout(new URL('./node/handler.js', import.meta.url), pathToFileURL(`${folder}/`).href);
  const { createNodeHandler }: typeof import('./node/handler.js') = await import(address);
  const open = (system: string) => ({
    runtime: `Node ${process.versions.node}`,
    send: createNodeHandler(system, threads),
    close: () => {},
  });
  const [worker] = await openWorkers(open, [own], [threads], {
    opened: ({ executor }) => console.log(`${folder.padEnd(24)} ${executor}`),
    unavailable: (_, __, reason) => fail(`--against: ${folder}: ${reason}`),
  });
  return worker;
}

/** Returns how the outputs differ, if they do, or why a checkout cannot run the scenario. */
async function prepare(
  scenario: Scenario,
  before: SystemWorker,
  after: SystemWorker,
): Promise<string | undefined> {
  try {
    const expected = await before.prepare(scenario);
    const actual = await after.prepare(scenario);
    return difference(actual.outputs, expected.outputs, problemOf(scenario).weights);
  } catch (error) {
    return (error as Error).message;
  }
}

async function warmUp(worker: SystemWorker): Promise<void> {
  let spent = 0;
  while (spent < warmUpMs) {
    const { processorMs = 0, repetitions = 1, times } = await worker.round(sliceMs);
    spent += repetitions * Math.max(processorMs, median(times) / 10);
  }
}

/** The times of both in each round. Every second round begins with the other one. */
async function timeInTurns(
  before: SystemWorker,
  after: SystemWorker,
  rounds: number,
  timeOf: (round: Round) => number,
): Promise<[number, number][]> {
  const pairs: [number, number][] = [];
  for (const worker of [before, after]) await warmUp(worker);
  const end = performance.now() + timeMs;
  for (let i = 0; i < rounds || (i < mostRounds && performance.now() < end); i++) {
    if (i % 2 === 0) {
      const old = timeOf(await before.round(sliceMs));
      pairs.push([old, timeOf(await after.round(sliceMs))]);
    } else {
      const now = timeOf(await after.round(sliceMs));
      pairs.push([timeOf(await before.round(sliceMs)), now]);
    }
  }
  return pairs;
}
