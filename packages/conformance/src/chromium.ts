/* The suite in headless Chromium, for backends that need a browser. Runs in Node; needs playwright-core, vite and Chromium. */
import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { bundlePage } from './chromium/bundle.js';
import { ChromiumMissingError, PageError } from './chromium/errors.js';
import type { Meeting, Order } from './chromium/page.js';
import { servePage } from './chromium/server.js';
import { Watch } from './chromium/watch.js';
import type { ConformanceOptions, Report } from './conformance.js';

export { ChromiumMissingError, PageError };

export interface ChromiumOptions extends Omit<ConformanceOptions, 'create'> {
  /** The backend's module: a package's name, a path that begins with `.` or `/`, or a file URL. */
  readonly module: string;
  /** The module's export that makes the backend. Default: `createBackend`, or else the default export. */
  readonly exportName?: string;
  /** What that function is called with: plain data. Default: nothing. */
  readonly backendOptions?: unknown;
  /** The folder from which `module` is found. Default: the current one. */
  readonly root?: string;
  /** Chromium's flags, besides those that keep it quiet. Default: `['--disable-gpu']`. */
  readonly launchFlags?: readonly string[];
  /** How many seconds may pass without a case that ends, before the page is given up. Default: 120. */
  readonly patience?: number;
}

/**
 * Flags with which Chromium has WebGPU without a GPU, on its own software adapter. Of other sets some give an adapter that
 * reads zeros.
 */
export const SOFTWARE_GPU_FLAGS: readonly string[] = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
];

/** Chromium's calls to its maker fail on a closed network, many at a time. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

/**
 * Bundles a page of the suite and a backend, and runs it in headless Chromium: the one at `CHROMIUM_PATH`, or
 * `/usr/bin/chromium`.
 * @throws ChromiumMissingError where something needed is not installed
 * @throws PageError where the page could not be made, failed, stood still or went away
 * @throws the signal's reason when aborted
 */
export async function runInChromium(options: ChromiumOptions): Promise<Report> {
  const { module, exportName, backendOptions, root, launchFlags, patience, onResult, signal, ...suite } =
    options;
  signal?.throwIfAborted();
  const executablePath = chromiumPath();
  const { chromium } = await installed('playwright-core', () => import('playwright-core'));
  const vite = await installed('vite', () => import('vite'));
  const source = { module, exportName, root: root ?? process.cwd() };
  const files = await bundlePage(vite, source).catch((cause: Error) => {
    throw new PageError(`${module} cannot be bundled: ${cause.message}`, { cause });
  });
  signal?.throwIfAborted();
  const server = await servePage(files);
  let browser: Browser | undefined;
  const watch = new Watch(patience ?? 120, signal);
  try {
    browser = await chromium.launch({
      executablePath,
      args: [...QUIET, ...(launchFlags ?? ['--disable-gpu'])],
      // Chromium's sandbox does not work for root.
      chromiumSandbox: process.getuid?.() !== 0,
    });
    const page = await browser.newPage();
    watch.page(page);
    const order = { suite, backendOptions };
    const report = await Promise.race([watch.failed, run(page, server.url, order, watch, onResult)]);
    return { ...report, runtime: `Chromium ${browser.version()}` };
  } finally {
    watch.stop();
    server.close();
    await browser?.close();
  }
}

/** Where Chromium is. @throws ChromiumMissingError where it is not */
function chromiumPath(): string {
  const path = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  if (existsSync(path)) return path;
  throw new ChromiumMissingError(
    `there is no Chromium at ${path}: install it (apt-get install chromium), or set CHROMIUM_PATH to where it is`,
  );
}

async function installed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new ChromiumMissingError(`${name} cannot be loaded: npm install --save-dev ${name}`, { cause });
  }
}

async function run(
  page: Page,
  url: string,
  order: Order,
  watch: Watch,
  onResult: ConformanceOptions['onResult'],
): Promise<Report> {
  const tell: Meeting['recurraResult'] = (result, done, total) => {
    watch.heard(`${result.group}: ${result.name} (${done} of ${total})`);
    onResult?.(result, done, total);
  };
  await page.exposeFunction('recurraResult' satisfies keyof Meeting, tell);
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => 'recurraRun' in globalThis, undefined, { timeout: 0 });
  watch.heard('the start');
  try {
    return await page.evaluate(
      (given) => (globalThis as typeof globalThis & Required<Meeting>).recurraRun(given),
      order,
    );
  } catch (cause) {
    const message = (cause as Error).message.replace(/^page\.evaluate: |\n {4}at .*/gs, '');
    throw new PageError(`the suite failed in the page: ${message}`, { cause });
  }
}
