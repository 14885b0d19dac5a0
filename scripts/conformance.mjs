// `npx pnpm conformance`: runs the suite on every backend, and writes docs/scoreboard, the README's summary and the page.
// --check writes nothing, and fails if the tracked scoreboard has other cases or results.
// --gpu hardware runs the GPU backends on a real GPU, and fails if there is none. Default: software.
import { parseArgs } from 'node:util';
import { restartedWithGpu, setUp } from './setup.mjs';
import { closing } from './totals.mjs';

const {
  values: { check, gpu },
} = parseArgs({ options: { check: { type: 'boolean' }, gpu: { type: 'string' } } });
if (![undefined, 'hardware', 'software'].includes(gpu)) {
  console.error(`--gpu must be hardware or software, not ${gpu}`);
  process.exit(2);
}

if (await restartedWithGpu()) process.exit();
if (!(await setUp())) process.exit(1);
const { DeviceError } = await import('../packages/core/dist/index.js');
const { ChromiumMissingError } = await import('../packages/conformance/dist/chromium.js');
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

/**
 * Runs the columns on two cores: those in Node one after the other, and at the same time those in Chromium,
 * which has its own processes. Each of the two takes columns from one end of the queue, and the longest
 * columns in Chromium come first.
 */
async function runAll(columns) {
  const inNode = ({ runtime }) => runtime.startsWith('Node');
  const isShort = ({ backend }) => backend === 'cpu';
  const queue = [
    ...columns.filter(inNode),
    ...columns.filter((column) => !inNode(column)).sort((a, b) => isShort(b) - isShort(a)),
  ];
  const reports = new Map();
  const work = async (next) => {
    for (let column = next(); column; column = next()) reports.set(column, await runColumn(column));
  };
  await Promise.all([work(() => queue.shift()), work(() => queue.pop())]);
  return columns.map((column) => reports.get(column));
}

/** Runs one column and prints its progress. A column that cannot run counts as one case. */
async function runColumn({ backend, runtime, run, device }) {
  const title = `${backend} in ${runtime}`;
  const start = performance.now();
  try {
    const report = await run(({ group }, done, total) => live(`  ${title}  ${done} of ${total}  ${group}`));
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
    const missing = error instanceof ChromiumMissingError || error instanceof DeviceError;
    const status = error.skip || (missing && !process.env.CI && gpu === undefined) ? 'skipped' : 'failed';
    console.log(`  ${title}: ${status}: ${error.message}`);
    return { backend, runtime, absent: error.message, status };
  }
}

/** Prints a line that the next one replaces, on a terminal only. */
function live(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\x1b[K`);
}
