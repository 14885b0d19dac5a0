import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConformanceOptions, Golden, GpuKind, Report, Result } from '@recurra/conformance';
import { DataError } from '@recurra/core';
import { type Command, Option } from 'commander';
import { type BackendWishes, backendFactory, backendModule, backendOptions } from '../backends.js';
import { interruptible } from '../exit.js';
import { largest } from '../extremes.js';
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
    .description('prove a backend: every operation, layer, option, loss and optimizer')
    .requiredOption('--backend <name>', 'the backend to prove, or a module that makes one: ./dist/index.js')
    .option('--goldens <dir>', 'a folder of further golden vectors: sequence-*.json and optimizer-*.json')
    .option('--json <file>', 'where to write the report')
    .option('--only <text>', 'the cases that have this in their title')
    .option('--runs <n>', 'examples of each generated case', count)
    .option('--seed <n>', "what the examples come from, or 'random' for ones never tried", seedOrRandom)
    .option('--path <path>', 'one example, as a failure names it')
    .option('--mode <name>', 'the mode of a backend that has several: webgl1')
    .option('--chromium', 'run in headless Chromium, not in Node; gpujs does by itself')
    .option('--no-chromium', 'run in Node')
    .addOption(
      new Option(
        '--gpu <kind>',
        'fail unless it runs on a real GPU, or on one in software; without it Chromium has one in software for gpujs and webgpu, and none for others',
      ).choices(['hardware', 'software']),
    )
    .option('--chromium-flag <flag...>', 'flags for Chromium, in place of those that --gpu stands for')
    .addHelpText(
      'after',
      '\nThe last line is `N passed, N failed, N skipped`; the exit code is 1 where a case failed.',
    )
    .action(prove);
}

async function prove(options: CommandOptions): Promise<void> {
  const create = backendFactory(options.backend, wishesOf(options));
  const goldens = options.goldens === undefined ? [] : await readGoldens(options.goldens);
  const { backend: name, only, runs, seed, path, gpu } = options;
  if (options.json !== undefined) await checkWritable(options.json);
  const { result: report, exitCode } = await interruptible((signal) => {
    return follow({ name, create, goldens, only, runs, seed, path, gpu, signal }, options);
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
    const told = [reason, ...again(result, options)].join('\n').replaceAll('\n', '\n        ');
    console.log(`FAILED  ${group}: ${name}\n        ${told}\n`);
  }
  console.log(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`);
  if (report.failed > 0) process.exitCode = 1;
}

/** What the numbers are is the same on a software adapter, and the report says that it was one. */
function wishesOf({ gpu, mode }: CommandOptions): BackendWishes {
  return { allowSoftware: gpu !== 'hardware', mode };
}

/** The command line that runs a failed example again, and it alone. */
function again({ group, name, replay }: Result, { backend, mode, gpu, chromium }: CommandOptions): string[] {
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

/** Runs the suite, which is loaded only now, with a bar; undefined where it was aborted. */
async function follow(
  { create, ...run }: ConformanceOptions,
  { chromiumFlag, ...options }: CommandOptions,
): Promise<Report | undefined> {
  const bar = progressBar('{bar} {value}/{total}  {group}');
  const onResult: ConformanceOptions['onResult'] = ({ group }, done, total) => {
    if (done === 1) bar.start(total, done, { group });
    else bar.update(done, { group });
  };
  try {
    const { gpu, webgl, ...source } = backendModule(options.backend);
    if (options.chromium ?? webgl) {
      const chromium = await installed('the suite', '@recurra/conformance/chromium', () => {
        return import('@recurra/conformance/chromium');
      });
      const { SOFTWARE_GPU_FLAGS, SOFTWARE_WEBGL_FLAGS } = chromium;
      const software = webgl ? SOFTWARE_WEBGL_FLAGS : (gpu ?? options.gpu) && SOFTWARE_GPU_FLAGS;
      return await chromium.runInChromium({
        ...run,
        ...source,
        backendOptions: backendOptions(options.backend, wishesOf(options)),
        launchFlags: chromiumFlag ?? (options.gpu === 'hardware' ? chromium.HARDWARE_GPU_FLAGS : software),
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

/** The suite, which the command uses where it is installed. @throws MissingPackageError */
function suite() {
  return installed('the suite', '@recurra/conformance', () => import('@recurra/conformance'));
}

/** Every `sequence-*.json` and `optimizer-*.json` of a folder. @throws DataError where there is none; FormatError */
async function readGoldens(folder: string): Promise<Golden[]> {
  const names = await readdir(folder).catch((cause: Error) => {
    throw new DataError(`${folder} cannot be read: ${cause.message}`, { cause });
  });
  const files = names.filter((name) => /^(sequence|optimizer)-.*\.json$/.test(name)).sort();
  if (files.length === 0) throw new DataError(`${folder} has no sequence-*.json and no optimizer-*.json`);
  const { parseGolden } = await suite();
  return Promise.all(files.map(async (name) => parseGolden(name, await readText(join(folder, name)))));
}

/** A line for each group, and below it each reason why cases of it were skipped. */
function summary(results: readonly Result[]): string[] {
  const groups = [...new Set(results.map(({ group }) => group))];
  const width = largest(groups.map((group) => group.length));
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
