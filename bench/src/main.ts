/* The command `npx pnpm bench`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { GpuKind } from '@recurra/conformance';
import { chart } from './chart.js';
import { compareEvolution } from './evolution.js';
import { threadsOf } from './format.js';
import { wrongGpu } from './gpu.js';
import { measureAll } from './measure.js';
import { type Place, places } from './places.js';
import { describeMachine, type Machine, type Refusal, type Results, type Row } from './results.js';
import { type PlaceName, placeNames, type Scenario, scenariosIn } from './scenarios.js';
import { ratioTable, resultsTable, scenarioTable } from './table.js';
import { openWorkers } from './worker.js';

const usage = `Usage: npx pnpm bench [options]

Compares Recurra with other libraries. All have equal weights, and their outputs are compared before they are timed.

  --place PLACE     where systems run: ${placeNames.join(', ')} (default: node)
  --scenario WORD   scenarios with this word in their names; separate several with commas (default: all of the place)
  --peers NAMES     other systems, separated with commas; 'none' for Recurra alone (default: those of the place)
  --threads LIST    numbers of threads (default: those of the place)
  --gpu KIND        hardware or software: fail if a system runs on the other kind (default in Chromium: software)
  --json FILE       write the results to FILE
  --table FILE      show the results in FILE, which --json or the benchmark page wrote; measures nothing
  --chart FILE      draw the results in FILE as SVG on the standard output; measures nothing
  --pack FILE       write a .tar.xz that measures in node-webgpu on a machine without a network; measures nothing
  --evolution       train by evolution strategies and by BPTT, and print the table of docs/evolution.md; takes minutes
  --list            list the scenarios of the place
  --help

The systems of each place. Recurra's own comes first; --peers can also name those in brackets:
${placeNames.map(describePlace).join('\n')}
`;

const options = parseOptions();

if (options.help) console.log(usage);
else if (options.list) for (const { name } of scenariosIn(placeOption())) console.log(name);
else if (options.table) show('table', options.table, resultsTable);
else if (options.chart) show('chart', options.chart, chart);
else if (options.evolution) await compareEvolution();
else if (options.pack) await writePack(userPath(options.pack));
else await run(placeOption());

function parseOptions() {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const { values } = parseArgs({
      options: {
        ...{ place: text, scenario: text, peers: text, threads: text, gpu: text },
        ...{ json: text, table: text, chart: text, pack: text, evolution: flag, list: flag, help: flag },
      },
    });
    return values;
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${usage}`);
  }
}

function show(option: string, file: string, format: (results: Results) => string): void {
  try {
    const results = JSON.parse(readFileSync(userPath(file), 'utf8'));
    if (!results?.machine || !Array.isArray(results.rows) || !Array.isArray(results.refused))
      throw new Error('expected { machine, rows, refused }');
    console.log(format(results));
  } catch (error) {
    fail(`--${option}: ${file} has no results in the format of --json: ${(error as Error).message}`);
  }
}

async function writePack(file: string): Promise<void> {
  const { pack } = await import('./pack.js');
  await pack(file).catch((error: Error) => fail(error.message));
}

async function run(placeName: PlaceName): Promise<void> {
  const place = places[placeName];
  const { own } = place;
  const scenarios = scenarioOption(placeName);
  const systems = [own, ...peersOption(place)];
  const threads = threadsOption(place);
  const gpu = gpuOption(place);
  const machine = thisMachine();
  printMachine(machine, placeName);
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
  const problem = workers.length === 0 ? 'No system can be measured.' : gpu && wrongGpu(identities, gpu);
  if (problem) {
    await close();
    return fail(problem);
  }
  const start = performance.now();
  const rows: Row[] = [];
  const refused: Refusal[] = [];
  try {
    await measureAll(scenarios, workers, {
      progress: ({ name }, i, doing) => showProgress(`[${i + 1}/${scenarios.length}] ${name}: ${doing} …`),
      measured(scenario, measurement) {
        showProgress('');
        console.log(scenarioTable(own, scenario, measurement.rows, measurement.refused));
        rows.push(...measurement.rows);
        refused.push(...measurement.refused);
        // Saved after each scenario, so that an interrupted run leaves results too.
        if (options.json) save({ machine, rows, refused }, options.json);
      },
    });
  } finally {
    await close();
  }
  const ratios = ratioTable(own, rows);
  if (ratios) console.log(ratios);
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  console.log(
    `\n${scenarios.length === 1 ? '1 scenario' : `${scenarios.length} scenarios`} in ${minutes} min`,
  );
  if (refused.some(({ wrong }) => wrong)) process.exitCode = 1;
}

function placeOption(): PlaceName {
  const { place = 'node' } = options;
  return (
    placeNames.find((name) => name === place) ??
    fail(`--place: there is no '${place}'; the places are ${placeNames.join(', ')}`)
  );
}

function scenarioOption(place: PlaceName): readonly Scenario[] {
  const words = options.scenario?.split(',') ?? [''];
  const scenarios = scenariosIn(place).filter(({ name }) => words.some((word) => name.includes(word)));
  if (scenarios.length > 0) return scenarios;
  return fail(`--scenario: no scenario of ${place} has '${options.scenario}' in its name; --list lists them`);
}

function peersOption({ peers, others }: Place): readonly string[] {
  if (options.peers === undefined) return peers;
  if (options.peers === 'none') return [];
  const known = [...peers, ...others];
  const names = options.peers.split(',');
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  return fail(`--peers: '${unknown}' does not run in this place; these do: ${known.join(', ')}`);
}

function threadsOption(place: Place): readonly number[] {
  if (options.threads === undefined) return place.threads;
  const threads = options.threads.split(',').map(Number);
  if (threads.every((count) => Number.isInteger(count) && count > 0)) return threads;
  return fail(`--threads: expected positive whole numbers, separated with commas, not '${options.threads}'`);
}

function gpuOption({ own, gpu }: Place): GpuKind | undefined {
  const kind = options.gpu;
  if (kind === undefined) return undefined;
  if (gpu === undefined) return fail(`--gpu: ${own} does not run on a GPU; choose another --place`);
  if (kind === 'hardware' || kind === 'software') return kind;
  return fail(`--gpu: expected hardware or software, not '${kind}'`);
}

function describePlace(name: PlaceName): string {
  const { own, peers, others, threads } = places[name];
  return `  ${name.padEnd(16)} ${[own, ...peers].join(', ')} (${others.join(', ')}); threads ${threads.join(',')}`;
}

function thisMachine(): Machine {
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

function printMachine(machine: Machine, place: PlaceName): void {
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
  writeFileSync(userPath(file), `${JSON.stringify(results, null, 1)}\n`);
}

/** Resolves a path in the folder in which the user called pnpm, which changes the current folder. */
function userPath(file: string): string {
  return resolve(process.env.INIT_CWD ?? '.', file);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
