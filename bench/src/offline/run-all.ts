/* The command of the offline bundle: proves and measures everything that this machine can run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fail } from '../fail.js';
import { thisMachine } from '../run.js';
import { Clock } from './clock.js';
import { findChromium, softwareDriver } from './find-chromium.js';
import { type Choice, type Part, partsOf, scenariosFor, type TimedPlace } from './parts.js';
import { type Ending, runPart } from './run-part.js';
import { type PartResult, resultOf, summaryOf } from './summary.js';

const usage = `Usage: run.sh [options]         proves and measures on this machine's GPU; no network is needed
       run.sh bench [options]   the bench's own command: run.sh bench --help

  --gpu KIND        hardware or software, an emulated GPU that comes with Chromium (default: hardware)
  --out FOLDER      the folder for the results (default: recurra-results-DATE)
  --minutes N       the time for everything; what does not fit is left out (default: 8)
  --only PARTS      separate several with commas
  --scenario WORD   scenarios with this word in their names
  --suite TEXT      cases of the suite with this text in their titles
  --help

Chromium is the one that CHROMIUM_PATH names, or one in a usual place. cuDNN is measured if python3, or the Python
that PYTHON names, has PyTorch with CUDA.`;

const options = parseOptions();
if (options.help) console.log(usage);
else await runAll(options).catch((error: Error) => fail(error.message));

function parseOptions() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      options: { gpu: text, out: text, minutes: text, only: text, scenario: text, suite: text, help: flag },
    }).values;
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${usage}`);
  }
}

async function runAll({
  gpu = 'hardware',
  out,
  minutes = '8',
  only,
  scenario,
  suite,
}: typeof options): Promise<void> {
  if (gpu !== 'hardware' && gpu !== 'software')
    return fail(`--gpu: expected hardware or software, not '${gpu}'`);
  const limit = Number(minutes);
  if (!(limit > 0)) return fail(`--minutes: expected a number above 0, not '${minutes}'`);
  const machine = thisMachine();
  const folder = resolve(out ?? `recurra-results-${machine.date.slice(0, 16).replace(/:/g, '')}`);
  mkdirSync(folder, { recursive: true });
  const expected = mkdtempSync(join(tmpdir(), 'recurra-expected-'));
  const choice: Choice = { gpu, scenario, suite, only: only?.split(',') };
  try {
    const parts = partsOf(choice, expected);
    const results = await runStages(parts, choice, expected, folder, limit);
    const summary = summaryOf(results);
    const failed = results.some(({ status }) => status === 'failed' || status === 'out of time');
    writeFileSync(
      join(folder, 'summary.json'),
      `${JSON.stringify({ machine, gpu, failed, parts: results }, null, 1)}\n`,
    );
    writeFileSync(join(folder, 'summary.txt'), `${summary}\n`);
    console.log(`\n${summary}\n\nAll results are in ${folder}`);
    process.exitCode = failed ? 1 : 0;
  } finally {
    rmSync(expected, { recursive: true, force: true });
  }
}

async function runStages(
  parts: readonly Part[],
  choice: Choice,
  expected: string,
  folder: string,
  minutes: number,
): Promise<PartResult[]> {
  const chromium = findChromium();
  const driver = choice.gpu === 'software' && chromium ? softwareDriver(chromium) : undefined;
  const env = {
    ...(chromium && { CHROMIUM_PATH: chromium }),
    ...(driver && { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver }),
  };
  console.log(`Chromium: ${chromium ?? 'none; set CHROMIUM_PATH'}\nResults: ${folder}\n`);
  const runnable = parts.filter(({ needsChromium }) => !needsChromium || chromium);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interrupted.abort());
  const clock = new Clock(runnable, minutes);
  const scriptOf = (script: string) => fileURLToPath(new URL(script, import.meta.url));
  const results = new Map<Part, PartResult>();
  const run = async (part: Part, seconds: number) => {
    console.log(`${part.name} …`);
    const [json, log] = ['json', 'log'].map((extension) => join(folder, `${part.name}.${extension}`));
    const command = [scriptOf(part.script), ...part.args(json)];
    const ending: Ending = await runPart(command, { log, seconds, env, signal: interrupted.signal });
    const result = resultOf(part, ending, json, log);
    console.log(
      `${part.name}: ${result.status} in ${ending.seconds.toFixed(0)} s${result.message ? `: ${result.message}` : ''}`,
    );
    results.set(part, result);
  };

  const times = runnable.filter(({ stage }) => stage === 'times');
  const proofs = runnable.filter(({ stage }) => stage === 'proof');
  if (proofs.length > 0) {
    const seconds = clock.secondsFor('proof');
    const scenarios = times.flatMap(({ name }) => scenariosFor(choice, name as TimedPlace));
    const names = [...new Set(scenarios.map(({ name }) => name))].join();
    // The last one that it begins takes less than this.
    const begin = Math.max(0, seconds - 20);
    const reference = [scriptOf('reference.js'), expected, `${begin}`, names];
    await Promise.all([
      ...proofs.map((part) => run(part, seconds)),
      times.length > 0 &&
        runPart(reference, { log: join(folder, 'reference.log'), seconds, env, signal: interrupted.signal }),
    ]);
  }
  for (const part of times) {
    if (interrupted.signal.aborted) break;
    await run(part, clock.secondsFor(part.name as TimedPlace));
  }
  const messageFor = (part: Part) =>
    runnable.includes(part) ? 'the run was interrupted' : 'no Chromium was found; set CHROMIUM_PATH';
  return parts.map((part) => {
    const { name, title } = part;
    return results.get(part) ?? { name, title, status: 'left out', message: messageFor(part) };
  });
}
