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

await step('types', () => single('tsc', ['-b']));
await step('lint', () => single('biome', ['ci', '--error-on-warnings']));
await step('units', units);
await step('conformance', () => suite(process.execPath, [join(top, 'scripts/conformance.mjs'), '--check']));
await step('sanitizers', () => suite(process.execPath, [join(top, 'scripts/check-sanitizers.mjs')]));
await step('packages', () => suite(process.execPath, [join(top, 'scripts/check-packages.mjs')]));
await step('third-party backend', () =>
  suite(process.execPath, [join(top, 'scripts/check-third-party.mjs')]),
);

console.log(`\n${closing(totals)}`);
process.exitCode = totals.failed > 0 ? 1 : 0;

async function step(title, work) {
  console.log(`\n=== ${title}`);
  const start = performance.now();
  const result = await work().catch((error) => {
    console.error(error);
    return { failed: 1 };
  });
  for (const key of Object.keys(totals)) totals[key] += result[key] ?? 0;
  console.log(`=== ${title}: ${closing(result)} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** Runs a command that counts as one test. */
async function single(command, args) {
  const { code } = await capture(command, args, { show: true });
  return code === 0 ? { passed: 1 } : { failed: 1 };
}

/** Runs a command whose last line is its totals. */
async function suite(command, args) {
  return totalsOf(await capture(command, args, { show: true }));
}

async function units() {
  const file = join(reports, 'units.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code } = await capture('vitest', ['run', ...reporters], { show: true });
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
