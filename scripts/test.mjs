// `npm test`: every check. All of them run, even if one fails.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture, setUp, top } from './setup.mjs';
import { closing, totalsOf } from './totals.mjs';

if (!(await setUp())) {
  console.log(closing({ failed: 1 }));
  process.exit(1);
}
const reports = join(top, 'node_modules/.cache/reports');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const totals = { passed: 0, failed: 0, skipped: 0 };

await beside([['types', single('tsc', '-b')]], [['lint', single('biome', 'ci', '--error-on-warnings')]]);
// By themselves, because the gallery's tests measure how long a page is busy.
await step('units', units, (text) => process.stdout.write(text));
// Those of the second list wait for npm, or keep one core busy.
await beside(
  [['conformance', suite('conformance', '--check')]],
  [
    ['sanitizers', suite('check-sanitizers')],
    ['packages', suite('check-packages')],
    ['third-party backend', suite('check-third-party')],
  ],
);

console.log(`\n${closing(totals)}`);
process.exitCode = totals.failed > 0 ? 1 : 0;

/** Runs lists of steps at the same time, and prints the section of a step when it ends. */
async function beside(...lists) {
  const run = async (steps) => {
    for (const [title, work] of steps) {
      let section = '';
      await step(title, work, (text) => {
        section += text;
      });
      process.stdout.write(section);
    }
  };
  console.log(
    `\nBegun: ${lists.map((steps) => steps.map(([title]) => title).join(', ')).join('; beside: ')}`,
  );
  await Promise.all(lists.map(run));
}

/** Runs a step: prints its title, its output and its totals, and adds these to those of the whole run. */
async function step(title, work, print) {
  print(`\n=== ${title}\n`);
  const start = performance.now();
  const result = await work(print).catch((error) => {
    print(`${error.stack}\n`);
    return { failed: 1 };
  });
  for (const key of Object.keys(totals)) totals[key] += result[key] ?? 0;
  print(`=== ${title}: ${closing(result)} in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

/** A command that counts as one test. */
function single(command, ...args) {
  return async (show) => {
    const { code } = await capture(command, args, { show });
    return code === 0 ? { passed: 1 } : { failed: 1 };
  };
}

/** A script of this folder whose last line is its totals. */
function suite(script, ...args) {
  return async (show) =>
    totalsOf(await capture(process.execPath, [join(top, `scripts/${script}.mjs`), ...args], { show }));
}

/** The tests of all packages, in vitest. */
async function units(show) {
  const file = join(reports, 'units.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code } = await capture('vitest', ['run', ...reporters], { show });
  const report = JSON.parse(readFileSync(file, 'utf8'));
  // A file that does not load fails without a failed test.
  const broken = report.testResults.filter(({ status, assertionResults: tests }) => {
    return status === 'failed' && !tests.some((test) => test.status === 'failed');
  });
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: code !== 0 ? Math.max(failed, 1) : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
