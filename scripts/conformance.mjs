// `npx pnpm conformance`: runs the suite on every backend there is, and writes docs/scoreboard and the README's summary.
// With --check nothing is written; what is there must be of the same cases with the same results.
// With --gpu hardware the columns of GPU backends run on a real GPU, and fail where there is none; software is the default.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { restartedWithGpu, setUp, top } from './setup.mjs';
import { closing } from './totals.mjs';

const board = join(top, 'docs/scoreboard');
const readme = join(top, 'README.md');
const marks = ['<!-- scoreboard -->', '<!-- /scoreboard -->'];
const {
  values: { check, gpu },
} = parseArgs({ options: { check: { type: 'boolean' }, gpu: { type: 'string' } } });
if (![undefined, 'hardware', 'software'].includes(gpu)) {
  console.error(`--gpu is hardware or software, not ${gpu}`);
  process.exit(2);
}

if (await restartedWithGpu()) process.exit();
if (!(await setUp())) process.exit(1);
const { DeviceError } = await built('core');
const { runConformance } = await built('conformance');
const {
  ChromiumMissingError,
  dropNaN,
  HARDWARE_GPU_FLAGS,
  runInChromium,
  SOFTWARE_GPU_FLAGS,
  SOFTWARE_WEBGL_FLAGS,
} = await built('conformance', 'chromium');
const { boardHtml, boardJson, boardMarkdown, boardOf, boardSummary } = await built(
  'conformance',
  'scoreboard/index',
);
if (summaryIn(readFileSync(readme, 'utf8')) === undefined) {
  console.error(`README.md needs ${marks.join(' and ')}, in this order`);
  process.exit(1);
}

/** Every backend, by its package and the export that makes it, and where it runs. Another joins by one line. */
const allowSoftware = { allowSoftware: gpu !== 'hardware' };
const backends = [
  { name: 'reference', places: [node()] },
  {
    name: 'cpu',
    places: [
      node({ options: { simd: 'simd128' }, device: /SIMD128, 1 thread$/ }),
      node({ options: { simd: 'simd128', threads: 2, share: 'always' }, device: /SIMD128, 2 threads$/ }),
      chromium({ options: { simd: 'relaxed' }, device: /relaxed SIMD, 1 thread$/ }),
      chromium({
        options: { simd: 'relaxed', threads: 2, share: 'always' },
        device: /relaxed SIMD, 2 threads$/,
      }),
    ],
  },
  {
    name: 'webgpu',
    places: [
      node({ options: allowSoftware, gpu }),
      // In Chromium the adapter drops NaN by itself already, so one column there is enough.
      droppingNaN(chromium({ options: allowSoftware, software: SOFTWARE_GPU_FLAGS })),
    ],
  },
  {
    name: 'gpujs',
    // The shaders are the same on both but for their dialect, so one of the two as it is and one that drops NaN are enough.
    places: [webgl('webgl2'), droppingNaN(webgl('webgl1')), headlessGl()],
  },
];

const result = boardOf(
  await twoAtATime(backends.flatMap(({ name, places }) => places.map((place) => ({ name, place })))),
);
const { passed, failed, skipped } = result;
const totals = { passed, failed, skipped };
if (check) compare();
else write();
console.log(closing(totals));
process.exitCode = totals.failed > 0 ? 1 : 0;

/**
 * @param options what the backend is made with
 * @param device what it must then say that it runs on
 */
function node({ options: backendOptions, device, gpu } = {}) {
  const run = ({ module, ...options }) =>
    runConformance({
      ...options,
      gpu,
      create: async () => (await import(module))[options.name](backendOptions),
    });
  return { place: 'Node', run, device };
}

/** @param software Chromium's flags for software that acts as a GPU, for backends that need one */
function chromium({ options: backendOptions, device, software }) {
  const launchFlags = software && gpu === 'hardware' ? HARDWARE_GPU_FLAGS : software;
  const run = (options) =>
    runInChromium({
      ...options,
      ...(software && { gpu }),
      exportName: options.name,
      launchFlags,
      backendOptions,
    });
  return { place: 'Chromium', run, device };
}

function webgl(mode) {
  const place = `Chromium, ${mode}`;
  return { ...chromium({ options: { mode }, software: SOFTWARE_WEBGL_FLAGS }), place };
}

/** The same as on the drivers of real GPUs, whose shaders lose NaN more easily than the software GPU's do. */
function droppingNaN({ place, run, device }) {
  const named = (runtime) => `${runtime}, max and min drop NaN`;
  return {
    place: named(place),
    run: async (options) => {
      const report = await run({ ...options, initScript: dropNaN });
      return { ...report, runtime: named(report.runtime) };
    },
    device,
  };
}

/** Node with the package gl, which is compiled on installation: no more than a skip, also for the machine of every change. */
function headlessGl() {
  const run = ({ module, name, ...options }) =>
    runConformance({
      ...options,
      name,
      create: async () => {
        const backend = (await import(module))[name];
        return backend({ mode: 'headless-gl' }).catch((error) => {
          throw error.name === 'DeviceError' ? Object.assign(error, { skip: true }) : error;
        });
      },
    });
  return { place: 'Node, headless-gl', run };
}

/**
 * Runs the columns on two cores: those in Node one after the other, and beside them those in Chromium, which run in processes of
 * their own. Those on GPUs take longest and come first.
 */
async function twoAtATime(all) {
  const inNode = ({ place }) => place.place.startsWith('Node');
  const short = ({ name }) => name === 'cpu';
  const queue = [
    ...all.filter(inNode),
    ...all.filter((one) => !inNode(one)).sort((a, b) => short(b) - short(a)),
  ];
  const found = new Map();
  const work = async (next) => {
    for (let one = next(); one; one = next()) found.set(one, await column(one.name, one.place));
  };
  await Promise.all([work(() => queue.shift()), work(() => queue.pop())]);
  return all.map((one) => found.get(one));
}

/** Runs one column, and tells how it goes. What cannot be run counts too. */
async function column(name, { place, run, device }) {
  const title = `${name} in ${place}`;
  const start = performance.now();
  try {
    const report = await run({
      name,
      module: join(top, `packages/backend-${name}/dist/index.js`),
      onResult: ({ group }, done, total) => live(`  ${title}  ${done} of ${total}  ${group}`),
    });
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
    // A machine of one's own may be without a browser or an adapter, unless --gpu asks for one; the one that tests every change
    // may not.
    const absent = error instanceof ChromiumMissingError || error instanceof DeviceError;
    const status = error.skip || (absent && !process.env.CI && gpu === undefined) ? 'skipped' : 'failed';
    console.log(`  ${title}: ${status}: ${error.message}`);
    return { backend: name, runtime: place, absent: error.message, status };
  }
}

/** A line that the next one replaces; on a terminal only. */
function live(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\x1b[K`);
}

function write() {
  mkdirSync(board, { recursive: true });
  const summary = boardSummary(result);
  writeFileSync(join(board, 'scoreboard.json'), boardJson(result));
  writeFileSync(join(board, 'scoreboard.html'), boardHtml(result));
  writeFileSync(join(board, 'scoreboard.md'), `# Conformance scoreboard\n\n${boardMarkdown(result)}\n`);
  // Read again: it may have been written to while the suite ran.
  const text = readFileSync(readme, 'utf8');
  const [start, end] = summaryIn(text);
  writeFileSync(readme, `${text.slice(0, start)}\n\n${summary}\n\n${text.slice(end)}`);
  console.log('Written: docs/scoreboard, and the summary in README.md');
}

/** What is in the tree must be what was found, in the columns that could be run here. */
function compare() {
  const verdicts = ({ groups }) =>
    groups.flatMap(({ name: group, rows }) =>
      rows.map(({ name, cells }) => {
        const ran = cells.filter((_, at) => result.columns[at]?.absent === undefined);
        return [group, name, ...ran.map((cell) => cell?.status)].join('|');
      }),
    );
  const file = join(board, 'scoreboard.json');
  const written = new Set(existsSync(file) ? verdicts(JSON.parse(readFileSync(file, 'utf8'))) : []);
  const found = new Set(verdicts(result));
  const changed = [...found].filter((verdict) => !written.has(verdict)).length;
  const gone = [...written].filter((verdict) => !found.has(verdict)).length;
  if (changed + gone === 0) {
    totals.passed++;
    return;
  }
  totals.failed++;
  console.log(
    `  FAIL  docs/scoreboard is out of date, by ${Math.max(changed, gone)} cases: npx pnpm conformance`,
  );
}

/** Where a README's summary begins and ends, or undefined where it has no place. */
function summaryIn(text) {
  const [start, end] = marks.map((mark) => text.indexOf(mark));
  return start < 0 || end < start ? undefined : [start + marks[0].length, end];
}

function built(name, file = 'index') {
  return import(new URL(`../packages/${name}/dist/${file}.js`, import.meta.url).href);
}
