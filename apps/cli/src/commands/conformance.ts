import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConformanceOptions, Golden, GpuKind, Report, Result } from '@recurra/conformance';
import { DataError } from '@recurra/core';
import { type Command, Option } from 'commander';
import {
  backendFactory,
  backendModule,
  backendOptions,
  type CommonOptions,
  knownBackend,
} from '../backends.js';
import { interruptible } from '../exit.js';
import { checkWritable, readText, write } from '../files.js';
import { count, seedOrRandom } from '../options.js';
import { installed } from '../packages.js';
import { progressBar } from '../progress.js';

interface CommandOptions {
  backend: string;
  goldens?: string;
  json?: string;
  only?: string;
  runs?: number;
  seed?: number;
  path?: string;
  mode?: string;
  chromium?: boolean;
  chromiumFlag?: string[];
  gpu?: GpuKind;
}

export function conformanceCommand(program: Command): void {
  program
    .command('conformance')
    .description('run the conformance suite on a backend: every operation, layer, option, loss and optimizer')
    .requiredOption('--backend <name>', 'the backend to test, or a module that creates one: ./dist/index.js')
    .option(
      '--goldens <dir>',
      'a folder of more golden vectors: sequence-*.json, optimizer-*.json, attention-*.json, layer-*.json, ctc-*.json and scan-*.json',
    )
    .option('--json <file>', 'write the report to this file')
    .option('--only <text>', 'run only the cases with this text in their title')
    .option('--runs <n>', 'number of examples of each generated case', count)
    .option('--seed <n>', "seed of the generated examples, or 'random' for new ones", seedOrRandom)
    .option('--path <path>', 'run one example only; a failure prints its path')
    .option('--mode <name>', 'the mode of a backend that has several, such as webgl1')
    .option('--chromium', 'run in headless Chromium (the default for gpujs)')
    .option('--no-chromium', 'run in Node (the default for all others)')
    .addOption(
      new Option(
        '--gpu <kind>',
        'fail unless the backend runs on a real GPU (hardware) or an emulated one (software); by default Chromium emulates one for gpujs and webgpu, and has none for other backends',
      ).choices(['hardware', 'software']),
    )
    .option('--chromium-flag <flag...>', 'flags for Chromium, in place of those that --gpu sets')
    .addHelpText(
      'after',
      '\nThe last line is `N passed, N failed, N skipped`; the exit code is 1 if a case failed.',
    )
    .action(runSuite);
}

async function runSuite(options: CommandOptions): Promise<void> {
  const create = backendFactory(options.backend, commonOptions(options));
  const goldens = options.goldens === undefined ? [] : await readGoldens(options.goldens);
  const { backend: name, only, runs, seed, path, gpu } = options;
  if (options.json !== undefined) await checkWritable(options.json);
  const { result: report, exitCode } = await interruptible((signal) => {
    return withProgress({ name, create, goldens, only, runs, seed, path, gpu, signal }, options);
  });
  if (!report) {
    process.exitCode = exitCode;
    return;
  }
  if (options.json !== undefined) await write(options.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(
    `${report.backend}: ${report.device}, ${report.precision}, in ${report.runtime}; seed ${report.seed}\n`,
  );
  console.log(`${summary(report.results).join('\n')}\n`);
  for (const result of report.results.filter(({ status }) => status === 'failed')) {
    const { group, name, reason } = result;
    const detail = [reason, ...replayCommand(result, options)].join('\n').replaceAll('\n', '\n        ');
    console.log(`FAILED  ${group}: ${name}\n        ${detail}\n`);
  }
  console.log(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`);
  if (report.failed > 0) process.exitCode = 1;
}

/** A software adapter must compute the same numbers. The report shows if it was one. */
function commonOptions({ gpu, mode }: CommandOptions): CommonOptions {
  return { allowSoftware: gpu !== 'hardware', mode };
}

/** The command that repeats a failed example. */
function replayCommand(
  { group, name, replay }: Result,
  { backend, mode, gpu, chromium }: CommandOptions,
): string[] {
  if (!replay) return [];
  const words = ['--backend', backend];
  if (mode !== undefined) words.push('--mode', mode);
  if (gpu !== undefined) words.push('--gpu', gpu);
  if (chromium !== undefined) words.push(chromium ? '--chromium' : '--no-chromium');
  words.push(
    '--seed',
    String(replay.seed),
    '--path',
    replay.path,
    '--only',
    JSON.stringify(`${group}: ${name}`),
  );
  return [`   or: recurra conformance ${words.join(' ')}`];
}

/** Runs the suite with a progress bar; undefined if it was aborted. */
async function withProgress(
  { create, ...run }: ConformanceOptions,
  { chromiumFlag, ...options }: CommandOptions,
): Promise<Report | undefined> {
  const bar = progressBar('{bar} {value}/{total}  {group}');
  const onResult: ConformanceOptions['onResult'] = ({ group }, done, total) => {
    if (done === 1) bar.start(total, done, { group });
    else bar.update(done, { group });
  };
  try {
    const api = knownBackend(options.backend)?.gpu;
    if (options.chromium ?? api === 'webgl') {
      const chromium = await installed('the suite', '@recurra/conformance/chromium', () => {
        return import('@recurra/conformance/chromium');
      });
      return await chromium.runInChromium({
        ...run,
        ...backendModule(options.backend),
        backendOptions: backendOptions(options.backend, commonOptions(options)),
        launchFlags: chromiumFlag ?? chromium.gpuFlags(api ?? (options.gpu && 'webgpu'), options.gpu),
        onResult,
      });
    }
    const { runConformance } = await suite();
    return await runConformance({ ...run, create, onResult });
  } catch (error) {
    if (run.signal?.aborted) return undefined;
    throw error;
  } finally {
    bar.stop();
  }
}

/** Loads the suite, an optional package. @throws MissingPackageError if it is not installed */
function suite() {
  return installed('the suite', '@recurra/conformance', () => import('@recurra/conformance'));
}

/** Reads the goldens of a folder: `sequence-*.json`, `optimizer-*.json` and so on. @throws DataError if there is none; FormatError */
async function readGoldens(folder: string): Promise<Golden[]> {
  const names = await readdir(folder).catch((cause: Error) => {
    throw new DataError(`${folder} cannot be read: ${cause.message}`, { cause });
  });
  const files = names
    .filter((name) => /^(sequence|optimizer|attention|layer|ctc|scan)-.*\.json$/.test(name))
    .sort();
  if (files.length === 0)
    throw new DataError(
      `${folder} has no sequence-*.json, optimizer-*.json, attention-*.json, layer-*.json, ctc-*.json or scan-*.json`,
    );
  const { parseGolden } = await suite();
  return Promise.all(files.map(async (name) => parseGolden(name, await readText(join(folder, name)))));
}

/** A line for each group, followed by the reasons why cases of it were skipped. */
function summary(results: readonly Result[]): string[] {
  const groups = [...new Set(results.map(({ group }) => group))];
  const width = Math.max(...groups.map((group) => group.length));
  return groups.flatMap((group) => {
    const own = results.filter((result) => result.group === group);
    const count = (status: Result['status']) => own.filter((result) => result.status === status).length;
    const counts = (['passed', 'failed', 'skipped'] as const)
      .filter((status) => count(status) > 0)
      .map((status) => `${count(status)} ${status}`);
    const reasons = own.filter(({ status }) => status === 'skipped').map(({ reason }) => reason);
    return [
      `  ${group.padEnd(width)}  ${counts.join(', ')}`,
      ...[...new Set(reasons)].map((reason) => `  ${''.padEnd(width)}    skipped: ${reason}`),
    ];
  });
}
