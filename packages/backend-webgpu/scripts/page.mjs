// `node packages/backend-webgpu/scripts/page.mjs [steps]`, after a build: trains in a page, made with Vite,
// in headless Chromium on its software adapter, and traces it. Fails if one task of the page's main thread
// took more than 50 ms of processor time after the kernels were compiled. The wall-clock time is printed too;
// it is longer, since the adapter's threads use the same processor.
import { fileURLToPath } from 'node:url';
import { gpuFlags, openPage, scriptPage } from '@recurra/conformance/chromium';
import { build } from 'vite';

const steps = Number(process.argv[2] ?? 100);
const { result, events } = await inChromium(await bundle());
const ends = ['warm', 'trained'].map((mark) => events.find(({ name }) => name === mark).ts);
const tasks = events.filter(({ name, ts }) => name.endsWith('RunTask') && ts > ends[0] && ts < ends[1]);
const longest = (time) => Math.max(...tasks.map((task) => task[time] ?? 0)) / 1000;
const [work, clock] = [longest('tdur'), longest('dur')];

console.log(`${result.device}: ${steps} steps of ${((ends[1] - ends[0]) / 1000 / steps).toFixed(1)} ms`);
console.log(`loss ${result.losses.map((loss) => loss.toFixed(4)).join(' → ')}`);
console.log(
  `${tasks.length} tasks of the main thread; the longest: ${work.toFixed(1)} ms of processor time, ${clock.toFixed(1)} ms of wall-clock time`,
);
if (work > 50 || !(result.losses[1] < result.losses[0])) process.exitCode = 1;

async function bundle() {
  const root = fileURLToPath(new URL('page', import.meta.url));
  const { output } = await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: { write: false, target: 'esnext', rolldownOptions: { input: `${root}/main.js` } },
  });
  return output[0].code;
}

/** The result of `train` in the page, and the trace events of the page's main thread. */
async function inChromium(code) {
  const { browser, page, url, close } = await openPage(scriptPage(code), { flags: gpuFlags('webgpu') });
  try {
    await page.goto(url);
    await page.waitForFunction(() => 'train' in globalThis);
    await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
    const result = await page.evaluate((n) => globalThis.train(n), steps);
    const { traceEvents } = JSON.parse(await browser.stopTracing());
    const { pid, tid } = traceEvents.find(({ name }) => name === 'warm');
    return { result, events: traceEvents.filter((event) => event.pid === pid && event.tid === tid) };
  } finally {
    await close();
  }
}
