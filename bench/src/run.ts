/* Measures the scenarios of a place, and prints and saves the results. */
import { writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { GpuKind } from '@recurra/conformance';
import { fail } from './fail.js';
import { scenariosOf, threadsOf } from './format.js';
import { wrongGpu } from './gpu.js';
import { defaultPace, type MeasuringEvents, measureAll, workersFor } from './measure.js';
import { keptReference } from './node/kept-reference.js';
import type { Place } from './places.js';
import { describeMachine, type Machine, type Refusal, type Results, type Row } from './results.js';
import type { Scenario } from './scenarios.js';
import { ratioTable, scenarioTable } from './table.js';
import { openWorkers } from './worker.js';

export interface RunOptions {
  readonly place: Place;
  readonly placeName: string;
  readonly scenarios: readonly Scenario[];
  /** Recurra's own system comes first. */
  readonly systems: readonly string[];
  readonly threads: readonly number[];
  /** The run fails if a system runs on the other kind. Default: any. */
  readonly gpu?: GpuKind;
  /** Default: those of the default pace. */
  readonly rounds?: number;
  /** The folder in which the outputs of the reference backend are kept. Default: they are computed. */
  readonly expected?: string;
  /** The file to which the results are written. Default: none. */
  readonly json?: string;
}

/** Ends the process with exit code 2 if nothing can be measured, and sets exit code 1 if a system failed. */
export async function run(options: RunOptions): Promise<void> {
  const { place, systems, threads, gpu } = options;
  const machine = thisMachine();
  printMachine(machine, options.placeName);
  const opened = await place.open(gpu).catch((error: Error) => fail(error.message));
  const workers = await openWorkers(opened.open, systems, threads, {
    opened: ({ system, version, runtime, executor }) =>
      console.log(`  ${system.padEnd(17)} ${version}, ${runtime}: ${executor}`),
    unavailable: (system, count, reason) =>
      console.log(`  ${system.padEnd(17)} not with ${threadsOf(count)}: ${reason}`),
  });
  console.log('');
  const close = async () => {
    for (const worker of workers) worker.close();
    await opened.close();
  };
  const identities = workers.map(({ identity }) => identity);
  const leftOut = options.scenarios.filter(
    (scenario) => scenario.needs === 'hardware' && workersFor(scenario, workers).length === 0,
  );
  const scenarios = options.scenarios.filter((scenario) => !leftOut.includes(scenario));
  const reason = needsHardware(leftOut);
  const problem =
    workers.length === 0
      ? 'No system can be measured.'
      : ((gpu && wrongGpu(identities, gpu)) ?? (scenarios.length === 0 ? reason : undefined));
  if (problem) {
    await close();
    return fail(problem);
  }
  if (leftOut.length > 0) console.log(`${reason}\n`);
  const start = performance.now();
  const rows: Row[] = [];
  const refused: Refusal[] = [];
  const events: MeasuringEvents = {
    progress: ({ name }, i, doing) => showProgress(`[${i + 1}/${scenarios.length}] ${name}: ${doing} …`),
    measured(scenario, measurement) {
      showProgress('');
      console.log(scenarioTable(place.own, scenario, measurement.rows, measurement.refused));
      rows.push(...measurement.rows);
      refused.push(...measurement.refused);
      // Saved after each scenario, so that an interrupted run leaves results too.
      if (options.json) save({ machine, rows, refused }, options.json);
    },
  };
  try {
    await measureAll(scenarios, workers, events, {
      pace: { ...defaultPace, ...(options.rounds && { rounds: options.rounds }) },
      ...(options.expected && { compute: keptReference(options.expected) }),
    });
  } finally {
    await close();
  }
  const ratios = ratioTable(place.own, rows);
  if (ratios) console.log(ratios);
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(`\n${scenariosOf(scenarios.length)} in ${minutes} min`);
  if (refused.some(({ wrong }) => wrong)) process.exitCode = 1;
}

function needsHardware(scenarios: readonly Scenario[]): string {
  const names = scenarios.map(({ name }) => name).join(', ');
  return `Left out, because they need a real GPU, and no system runs on one here (on a GPU that is emulated in software a step takes minutes): ${names}`;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()} ${arch()}`,
    node: process.versions.node,
    load: loadavg()[0],
    date: new Date().toISOString(),
  };
}

function printMachine(machine: Machine, place: string): void {
  const { cores, load = 0 } = machine;
  console.log(`${describeMachine(machine)}; measured in ${place}\n`);
  if (load > cores / 2)
    console.log(
      `This machine is busy (load average ${load.toFixed(1)}): the results will be less accurate.\n`,
    );
}

/** Overwrites the current line. Only on a terminal. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function save(results: Results, file: string): void {
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
}
