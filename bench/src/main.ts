/* The command `npx pnpm bench`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { GpuKind } from '@recurra/conformance';
import { compareCheckouts } from './against.js';
import { chart } from './chart.js';
import { compareEvolution } from './evolution.js';
import { fail } from './fail.js';
import { type Place, places } from './places.js';
import type { Results } from './results.js';
import { run } from './run.js';
import { runsTable } from './runs-table.js';
import { type PlaceName, placeNames, type Scenario, scenariosIn } from './scenarios.js';
import { resultsTable } from './table.js';

const usage = `Usage: npx pnpm bench [options]

Compares Recurra with other libraries. All have equal weights, and their outputs are compared before they are timed.

  --place PLACE     where systems run: ${placeNames.join(', ')} (default: node)
  --scenario WORD   scenarios with this word in their names; separate several with commas (default: all of the place)
  --peers NAMES     other systems, separated with commas; 'none' for Recurra alone (default: those of the place)
  --threads LIST    numbers of threads (default: those of the place)
  --gpu KIND        hardware or software: fail if a system runs on the other kind (default in Chromium: software)
  --json FILE       write the results to FILE
  --rounds N        rounds of measuring (default: 11; with --against the least number of ratios: 21)
  --expected FOLDER keep the outputs of the reference backend in FOLDER, and read those that are there
  --against FOLDER  compare the CPU backend of this checkout with that of the built checkout in FOLDER, in turns
  --table FILE…     show the results in FILE, which --json or the benchmark page wrote; of several files, the median of
                    the medians and the range of the ratios; measures nothing
  --chart FILE      draw the results in FILE as SVG on the standard output; measures nothing
  --pack FILE       write a .tar.xz that proves and measures on a machine with a GPU and no network; measures nothing
  --evolution       train by evolution strategies and by BPTT, and print the table of docs/evolution.md; takes minutes
  --list            list the scenarios of the place
  --help

The systems of each place. Recurra's own comes first; --peers can also name those in brackets:
${placeNames.map(describePlace).join('\n')}
`;

const { values: options, positionals: files } = parseOptions();

if (options.help) console.log(usage);
else if (options.list) list(placeOption());
else if (options.table) showTable(options.table, files);
else if (options.chart) console.log(chart(readResults('chart', options.chart)));
else if (options.against) await runAgainst(userPath(options.against), placeOption());
else if (options.evolution) await compareEvolution();
else if (options.pack) await writePack(userPath(options.pack));
else await runPlace(placeOption());

function parseOptions() {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const parsed = parseArgs({
      options: {
        ...{
          place: text,
          scenario: text,
          peers: text,
          threads: text,
          gpu: text,
          rounds: text,
          expected: text,
        },
        ...{ json: text, table: text, chart: text, against: text, pack: text },
        ...{ evolution: flag, list: flag, help: flag },
      },
      allowPositionals: true,
    });
    if (parsed.positionals.length > 0 && !parsed.values.table)
      throw new Error(`Unexpected argument '${parsed.positionals[0]}': only --table takes several files`);
    return parsed;
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${usage}`);
  }
}

function list(place: PlaceName): void {
  for (const { name, needs } of scenariosIn(place))
    console.log(needs ? `${name}  only on a real GPU: on an emulated one a step takes minutes` : name);
}

function showTable(first: string, more: readonly string[]): void {
  const runs = [first, ...more].map((file) => readResults('table', file));
  try {
    console.log(runs.length === 1 ? resultsTable(runs[0]) : runsTable(runs));
  } catch (error) {
    fail(`--table: ${(error as Error).message}`);
  }
}

function readResults(option: string, file: string): Results {
  try {
    const results = JSON.parse(readFileSync(userPath(file), 'utf8'));
    if (!results?.machine || !Array.isArray(results.rows) || !Array.isArray(results.refused))
      throw new Error('expected { machine, rows, refused }');
    return results;
  } catch (error) {
    return fail(`--${option}: ${file} has no results in the format of --json: ${(error as Error).message}`);
  }
}

async function runPlace(placeName: PlaceName): Promise<void> {
  const place = places[placeName];
  await run({
    place,
    placeName,
    scenarios: scenarioOption(placeName),
    systems: [place.own, ...peersOption(place)],
    threads: threadsOption(place),
    gpu: gpuOption(place),
    rounds: roundsOption(1),
    expected: options.expected && userPath(options.expected),
    json: options.json && userPath(options.json),
  });
}

async function runAgainst(folder: string, place: PlaceName): Promise<void> {
  if (place !== 'node') return fail(`--against: compares in node, not in ${place}`);
  await compareCheckouts({
    folder,
    threads: threadsOption({ ...places[place], threads: [1] })[0],
    scenarios: scenarioOption(place),
    rounds: roundsOption(20),
  });
  // Threads keep a process alive.
  process.exit();
}

async function writePack(file: string): Promise<void> {
  const { pack } = await import('./pack.js');
  await pack(file).catch((error: Error) => fail(error.message));
}

function placeOption(): PlaceName {
  const { place = 'node' } = options;
  return (
    placeNames.find((name) => name === place) ??
    fail(`--place: there is no '${place}'; the places are ${placeNames.join(', ')}`)
  );
}

function scenarioOption(place: PlaceName): readonly Scenario[] {
  const scenarios = scenariosIn(place, options.scenario);
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

function roundsOption(least: number): number | undefined {
  if (options.rounds === undefined) return undefined;
  const rounds = Number(options.rounds);
  if (Number.isInteger(rounds) && rounds >= least) return rounds;
  return fail(`--rounds: expected a whole number, at least ${least}, not '${options.rounds}'`);
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

/** Resolves a path in the folder in which the user called pnpm, which changes the current folder. */
function userPath(file: string): string {
  return resolve(process.env.INIT_CWD ?? '.', file);
}
