/* Compares this checkout of Recurra with another: the same scenarios in turns, in a process each. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { difference } from './expected.js';
import { fail } from './fail.js';
import { duration, threadsOf } from './format.js';
import { openProcess } from './node/channel.js';
import { problemOf } from './problem.js';
import type { Scenario } from './scenarios.js';
import { geometricMean, median, medianInterval } from './statistics.js';
import { openWorkers, type Round, type SystemWorker } from './worker.js';

export interface AgainstOptions {
  /** The other checkout, which must be built. */
  readonly folder: string;
  /** Recurra's system. */
  readonly own: string;
  readonly threads: number;
  readonly scenarios: readonly Scenario[];
  /** The number of ratios of each scenario. Default: 21. */
  readonly rounds?: number;
}

const warmUpMs = 1000;
const sliceMs = 100;

/** A scenario is slower if the median of its ratios is above this. */
const limit = 1.03;

/**
 * Prints the time of this checkout as a multiple of the other's: the median of the ratios, with the interval that has the true
 * median in 95 of 100 cases. One thread on the CPU is judged by its processor time, which other work on the machine
 * changes least; all else by the clock. Sets exit code 1 if a scenario is slower by more than 3 %, or if
 * outputs differ.
 */
export async function compareCheckouts(options: AgainstOptions): Promise<void> {
  const { folder, own, threads, scenarios, rounds = 21 } = options;
  const built = join(folder, 'packages', own.replace('recurra-', 'backend-'), 'dist/index.js');
  if (!existsSync(built))
    return fail(`--against: ${folder} is not a built checkout of Recurra: ${built} is missing`);
  const [before, after] = await openPair(folder, own, threads);
  const byProcessor = before.identity.gpu === undefined && threads === 1;
  console.log(
    `${own} with ${threadsOf(threads)}, ${rounds} ratios of the ${byProcessor ? 'processor time' : 'time'}\n`,
  );
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
    const ratio = median(pairs.map(([old, now]) => now / old));
    ratios.push(ratio);
    const [low, high] = medianInterval(pairs.map(([old, now]) => now / old));
    const [old, now] = [0, 1].map((i) => duration(median(pairs.map((pair) => pair[i]))));
    const verdict = ratio > limit ? '  SLOWER' : high < 1 ? '  faster' : '';
    if (ratio > limit) process.exitCode = 1;
    console.log(
      `${scenario.name.padEnd(24)} ${old.padStart(9)} → ${now.padStart(9)}  ×${ratio.toFixed(3)} (${low.toFixed(3)} – ${high.toFixed(3)})${verdict}`,
    );
  }
  for (const worker of [before, after]) worker.close();
  if (ratios.length > 1) console.log(`\ngeometric mean ×${geometricMean(ratios).toFixed(3)}`);
}

async function openPair(folder: string, own: string, threads: number): Promise<SystemWorker[]> {
  const open = (checkout?: string) =>
    openWorkers((system, count) => openProcess(system, count, checkout), [own], [threads], {
      opened: ({ executor }) => console.log(`${(checkout ?? 'this checkout').padEnd(24)} ${executor}`),
      unavailable: (_, __, reason) => fail(`--against: ${checkout ?? 'this checkout'}: ${reason}`),
    });
  return [...(await open(folder)), ...(await open())];
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

/** The times of both in each round. Every second round begins with the other one. */
async function timeInTurns(
  before: SystemWorker,
  after: SystemWorker,
  rounds: number,
  timeOf: (round: Round) => number,
): Promise<[number, number][]> {
  const pairs: [number, number][] = [];
  for (const worker of [before, after]) await worker.round(warmUpMs);
  for (let i = 0; i < rounds; i++) {
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
