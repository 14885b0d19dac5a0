import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { GpuKind } from '@recurra/conformance';
import { chart } from './chart.js';
import { threadsOf } from './format.js';
import { wrongGpu } from './gpu.js';
import { machine } from './machine.js';
import { type Place, type PlaceName, placeNames, places } from './places.js';
import {
  describeMachine,
  type Machine,
  type Refusal,
  type Results,
  type Row,
  summarizeRatios,
} from './results.js';
import { measureAll, openLanes } from './run.js';
import { type Scenario, scenariosIn } from './scenarios.js';
import { ratioTable, resultsTable, scenarioTable } from './table.js';

const usage = `Usage: npx pnpm bench [options]

Measures Recurra beside other libraries, on equal weights, their outputs compared first.

  --place PLACE     ${placeNames.join(', ')} (default: node)
  --scenario WORD   scenarios with this in their name; several with commas (default: all of the place)
  --peers NAMES     other systems, with commas; 'none' for Recurra alone (default: the place's, as installed)
  --threads LIST    numbers of threads (default: the place's)
  --gpu KIND        hardware or software: fail where a system runs on the other (default: in Chromium software)
  --json FILE       write the results
  --table FILE      measure nothing: show the results in FILE, of --json or of the benchmark page
  --chart FILE      measure nothing: draw the results in FILE, on the standard output, as SVG
  --pack FILE       measure nothing: write a .tar.xz that measures in node-webgpu on a machine without network
  --list            name the place's scenarios
  --help

What runs in each place, Recurra first; in brackets what --peers can name besides:
${placeNames.map(describe).join('\n')}
`;

const options = parse();

if (options.help) console.log(usage);
else if (options.list) for (const { name } of scenariosIn(chosenPlace())) console.log(name);
else if (options.table) show('table', options.table, resultsTable);
else if (options.chart) show('chart', options.chart, chart);
else if (options.pack) await writePack(path(options.pack));
else await run();

function parse() {
  try {
    const { values } = parseArgs({
      options: {
        place: { type: 'string', default: 'node' },
        scenario: { type: 'string' },
        peers: { type: 'string' },
        threads: { type: 'string' },
        gpu: { type: 'string' },
        json: { type: 'string' },
        table: { type: 'string' },
        chart: { type: 'string' },
        pack: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${usage}`);
  }
}

function show(option: string, file: string, draw: (results: Results) => string): void {
  try {
    const results = JSON.parse(readFileSync(path(file), 'utf8'));
    if (!results?.machine || !Array.isArray(results.rows) || !Array.isArray(results.refused))
      throw new Error('it wants { machine, rows, refused }');
    console.log(draw(results));
  } catch (error) {
    fail(
      `--${option} wants results as --json writes them, and ${file} has none: ${(error as Error).message}`,
    );
  }
}

async function writePack(file: string): Promise<void> {
  const { pack } = await import('./pack.js');
  await pack(file).catch((error: Error) => fail(error.message));
}

async function run(): Promise<void> {
  const name = chosenPlace();
  const place = places[name];
  const { own } = place;
  const chosen = chosenScenarios(name);
  const systems = [own, ...chosenPeers(place)];
  const threads = chosenThreads(place);
  const kind = chosenGpu(place);
  const here = machine();
  greet(here, name);
  const open = await place.open(kind).catch((error: Error) => fail(error.message));
  const lanes = await openLanes(open, systems, threads, {
    opened: ({ system, version, runtime, executor }) =>
      console.log(`  ${system.padEnd(17)} ${version}, ${runtime}: ${executor}`),
    left: (system, count, reason) =>
      console.log(`  ${system.padEnd(17)} not with ${threadsOf(count)}: ${reason}`),
  });
  console.log('');
  const wrong =
    kind &&
    wrongGpu(
      lanes.map(({ identity }) => identity),
      kind,
    );
  if (wrong || lanes.length === 0) {
    for (const lane of lanes) lane.close();
    await open.close();
    return fail(wrong ?? 'There is nothing to measure here.');
  }
  const began = performance.now();
  const rows: Row[] = [];
  const refused: Refusal[] = [];
  try {
    await measureAll(chosen, lanes, {
      progress: ({ name }, index, doing) => progress(`[${index + 1}/${chosen.length}] ${name}: ${doing} …`),
      measured(scenario, found) {
        progress('');
        console.log(scenarioTable(own, scenario, found.rows, found.refused));
        rows.push(...found.rows);
        refused.push(...found.refused);
        // What was measured is kept, also when the run is broken off.
        if (options.json) save({ machine: here, rows, refused }, options.json);
      },
    });
  } finally {
    for (const lane of lanes) lane.close();
    await open.close();
  }
  const ratios = summarizeRatios(own, rows);
  if (ratios.length > 0) console.log(ratioTable(own, ratios));
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`\n${chosen.length === 1 ? '1 scenario' : `${chosen.length} scenarios`} in ${minutes} min`);
  if (refused.some(({ wrong }) => wrong)) process.exitCode = 1;
}

function chosenPlace(): PlaceName {
  const { place } = options;
  const found = placeNames.find((name) => name === place);
  return found ?? fail(`no place '${place}'; known: ${placeNames.join(', ')}`);
}

function chosenScenarios(place: PlaceName): readonly Scenario[] {
  const words = options.scenario?.split(',') ?? [''];
  const chosen = scenariosIn(place).filter(({ name }) => words.some((word) => name.includes(word)));
  if (chosen.length === 0)
    fail(`no scenario of ${place} has '${options.scenario}' in its name; --list names them`);
  return chosen;
}

function chosenPeers({ peers, others }: Place): readonly string[] {
  if (options.peers === undefined) return peers;
  if (options.peers === 'none') return [];
  const known = [...peers, ...others];
  return options.peers.split(',').map((given) => {
    return known.includes(given)
      ? given
      : fail(`no peer '${given}' in ${options.place}; known: ${known.join(', ')}`);
  });
}

function chosenThreads(place: Place): readonly number[] {
  if (options.threads === undefined) return place.threads;
  return options.threads.split(',').map((given) => {
    const threads = Number(given);
    return Number.isInteger(threads) && threads > 0
      ? threads
      : fail(`--threads: '${given}' is no number of threads`);
  });
}

function chosenGpu({ gpu }: Place): GpuKind | undefined {
  const kind = options.gpu;
  if (kind === undefined) return undefined;
  if (gpu === undefined) return fail(`--gpu: ${options.place} measures nothing on a GPU`);
  return kind === 'hardware' || kind === 'software'
    ? kind
    : fail(`--gpu is hardware or software, not '${kind}'`);
}

function describe(name: PlaceName): string {
  const { own, peers, others, threads } = places[name];
  return `  ${name.padEnd(16)} ${[own, ...peers].join(', ')} (${others.join(', ')}); threads ${threads.join(',')}`;
}

function greet(machine: Machine, place: PlaceName): void {
  const { cores, load = 0 } = machine;
  console.log(`${describeMachine(machine)}; measured in ${place}\n`);
  if (load > cores / 2)
    console.log(`This machine is busy (load ${load.toFixed(1)}): the figures will be worth less.\n`);
}

/** A line that is written over; on a terminal only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function save(results: Results, file: string): void {
  writeFileSync(path(file), `${JSON.stringify(results, null, 1)}\n`);
}

/** Relative paths are the user's, who may stand in another folder. */
function path(file: string): string {
  return resolve(process.env.INIT_CWD ?? '.', file);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
