// `npx pnpm conformance`: runs the suite on every backend, and writes docs/scoreboard, the README's summary and the page.
// --check writes nothing, and fails if the tracked scoreboard has other cases or results.
// --gpu hardware runs the GPU backends on a real GPU, and fails if there is none. Default: software.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setUp, top } from './setup.mjs';
import { oneThread } from './software-gpu.mjs';
import { closing } from './totals.mjs';

/** The backends whose columns take longest, longest first. */
const LONGEST = ['webgpu', 'gpujs'];

const {
  values: { check, gpu },
} = parseArgs({ options: { check: { type: 'boolean' }, gpu: { type: 'string' } } });
if (![undefined, 'hardware', 'software'].includes(gpu)) {
  console.error(`--gpu must be hardware or software, not ${gpu}`);
  process.exit(2);
}

if (!(await setUp())) process.exit(1);
const { boardOf } = await import('../packages/conformance/dist/scoreboard/index.js');
const { checkReadme, differences, writeBoard, writePage } = await import('./board-files.mjs');
const { columnsFor } = await import('./columns.mjs');
if (!check) checkReadme();

const board = boardOf(await runAll(columnsFor(gpu)));
const { passed, failed, skipped } = board;
const totals = { passed, failed, skipped };
if (check) {
  const count = differences(board);
  totals[count === 0 ? 'passed' : 'failed']++;
  if (count > 0)
    console.log(`  FAIL  docs/scoreboard is out of date by ${count} cases: run npx pnpm conformance`);
} else {
  writeBoard(board);
  writePage(board);
  console.log('Written: docs/scoreboard, the summary in README.md, and out/scoreboard.html');
}
console.log(closing(totals));
process.exitCode = totals.failed > 0 ? 1 : 0;

/** Runs as many columns at a time as there are cores, because each keeps one core busy, and the longest first. */
async function runAll(columns) {
  const rank = ({ backend }) => (LONGEST.includes(backend) ? LONGEST.indexOf(backend) : LONGEST.length);
  const queue = [...columns.keys()].sort((a, b) => rank(columns[a]) - rank(columns[b]));
  const reports = [];
  const work = async () => {
    for (let i = queue.shift(); i !== undefined; i = queue.shift())
      reports[i] = await runColumn(columns[i], i);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return reports;
}

/** Runs one column and prints its progress. A column that cannot run counts as one case. */
async function runColumn({ backend, runtime, device }, index) {
  const title = `${backend} in ${runtime}`;
  const start = performance.now();
  try {
    const report = await inOwnProcess(index, ({ group, done, total }) =>
      live(`  ${title}  ${done} of ${total}  ${group}`),
    );
    live('');
    if (device && !device.test(report.device)) throw new Error(`it ran on ${report.device}, not ${device}`);
    for (const { group, name, status, reason } of report.results) {
      if (status === 'failed') console.log(`  FAIL  ${group}: ${name}\n        ${reason}`);
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`  ${title}: ${closing(report)} in ${seconds} s (${report.runtime}; ${report.device})`);
    return report;
  } catch (error) {
    live('');
    // A developer's machine may lack a browser or an adapter, unless --gpu asks for one. CI may not.
    const missing = ['ChromiumMissingError', 'DeviceError'].includes(error.name);
    const status = error.skip || (missing && !process.env.CI && gpu === undefined) ? 'skipped' : 'failed';
    console.log(`  ${title}: ${status}: ${error.message}`);
    return { backend, runtime, absent: error.message, status };
  }
}

/** Runs a column in a process of its own, which finds the software-emulated GPU. @returns its report @throws its error */
function inOwnProcess(index, onProgress) {
  const args = [index, ...(gpu === undefined ? [] : [gpu])];
  const options = { cwd: oneThread, serialization: 'advanced' };
  return new Promise((resolve, reject) => {
    const child = fork(join(top, 'scripts/column.mjs'), args, options);
    child.on('message', ({ progress, report, error }) => {
      if (progress) onProgress(progress);
      if (report) resolve(report);
      if (error) reject(error);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => reject(new Error(`its process ended early: ${signal ?? code}`)));
  });
}

/** Prints a line that the next one replaces, on a terminal only. */
function live(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\x1b[K`);
}
