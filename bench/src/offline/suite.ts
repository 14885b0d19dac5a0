/*
 * Runs the conformance suite on a GPU: `node suite.js COLUMN --gpu KIND --json FILE [--only TEXT]`. It writes the results that it has
 * once a second, so that a run that is ended early leaves them.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { webgpu } from '@recurra/backend-webgpu';
import { type GpuKind, type Report, type Result, runConformance } from '@recurra/conformance';
import { gpuFlags, runSuitePage } from '@recurra/conformance/chromium';
import { fail } from '../fail.js';
import { packedPage } from '../node/packed.js';
import { type SuiteColumn, suiteColumns } from './columns.js';

const { values, positionals } = parseArgs({
  options: { gpu: { type: 'string' }, json: { type: 'string' }, only: { type: 'string' } },
  allowPositionals: true,
});
const column = positionals[0] as SuiteColumn;
const { json = '', only } = values;
const gpu = values.gpu as GpuKind;
const { page } = suiteColumns[column];
const allowSoftware = gpu === 'software';

const results: Result[] = [];
let total = 0;
let saved = 0;
const suite = {
  name: page?.exportName ?? 'webgpu',
  gpu,
  only,
  onResult(result: Result, _: number, cases: number) {
    results.push(result);
    total = cases;
    if (performance.now() - saved > 1000) save();
  },
};

save();
const running = page
  ? runSuitePage(packedPage(`suite-${page.gpu}`), {
      ...suite,
      backendOptions: page.gpu === 'webgpu' ? { allowSoftware } : { mode: 'webgl2' },
      launchFlags: gpuFlags(page.gpu, gpu),
    })
  : runConformance({ ...suite, create: () => webgpu({ allowSoftware }) });
const report = await running.catch((error: Error) => fail(`${error.name}: ${error.message}`));
save(report);
for (const { group, name, reason } of results.filter(({ status }) => status === 'failed'))
  console.log(`FAIL  ${group}: ${name}\n      ${reason}`);
const { device, runtime, milliseconds } = report;
console.log(
  `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped on ${device}, ${runtime}, in ${(milliseconds / 1000).toFixed(0)} s`,
);
// Dawn keeps a process alive.
process.exit(report.failed > 0 ? 1 : 0);

/** @param report of a complete run */
function save(report?: Report): void {
  saved = performance.now();
  const count = (status: Result['status']) => results.filter((result) => result.status === status).length;
  const counts = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
  const { device, runtime, milliseconds } = report ?? {};
  const saving = {
    column,
    complete: report !== undefined,
    device,
    runtime,
    milliseconds,
    total,
    ...counts,
    results,
  };
  writeFileSync(json, `${JSON.stringify(saving, null, 1)}\n`);
}
