/* The suite in headless Chromium, for backends that need a browser. Runs in Node; needs playwright-core, vite and Chromium. */
import type { Page } from 'playwright-core';
import { bundlePage } from './chromium/bundle.js';
import { PageError } from './chromium/errors.js';
import { HARDWARE_GPU_FLAGS, installed } from './chromium/launch.js';
import { openPage } from './chromium/open.js';
import type { Order, PageApi } from './chromium/page.js';
import { type Files, ISOLATION_HEADERS } from './chromium/serve.js';
import { Watch } from './chromium/watch.js';
import type { ConformanceOptions, Report } from './conformance.js';

export { bundleScript } from './chromium/bundle.js';
export { dropNaN } from './chromium/drop-nan.js';
export { ChromiumMissingError, PageError } from './chromium/errors.js';
export {
  gpuFlags,
  HARDWARE_GPU_FLAGS,
  hasChromium,
  launchChromium,
  SOFTWARE_GPU_FLAGS,
  SOFTWARE_WEBGL_FLAGS,
} from './chromium/launch.js';
export { type OpenOptions, type OpenPage, openPage } from './chromium/open.js';
export {
  type Files,
  ISOLATION_HEADERS,
  pageHtml,
  type ServeOptions,
  scriptPage,
  serve,
} from './chromium/serve.js';

/** The backend of a page. */
export interface PageSource {
  /** The backend's module: a package's name, a path that begins with `.` or `/`, or a file URL. */
  readonly module: string;
  /** The module's export that creates the backend. Default: `createBackend`, or else the default export. */
  readonly exportName?: string;
  /** The folder from which `module` is resolved. Default: the current one. */
  readonly root?: string;
}

export interface SuitePageOptions extends Omit<ConformanceOptions, 'create'> {
  /** The argument of the function that creates the backend, which must be plain data. Default: none. */
  readonly backendOptions?: unknown;
  /**
   * Chromium's flags, in addition to those that disable its background services. Default:
   * `HARDWARE_GPU_FLAGS` for `gpu: 'hardware'`, else `['--disable-gpu']`.
   */
  readonly launchFlags?: readonly string[];
  /**
   * A function that the page runs before every other script. It is sent as text, so it must not refer to
   * anything outside itself. Default: none.
   */
  readonly initScript?: () => void;
  /** Seconds without a finished case after which the run fails. Default: 120. */
  readonly patience?: number;
}

export interface ChromiumOptions extends SuitePageOptions, PageSource {}

/**
 * Bundles a page of the suite and a backend, and runs it in headless Chromium: the one at `CHROMIUM_PATH`, or
 * `/usr/bin/chromium`.
 * @throws ChromiumMissingError if Chromium or a needed package is not installed
 * @throws PageError if the page could not be built, failed, hung or was closed, or if its GPU is not the
 * requested `gpu`
 * @throws the signal's reason when aborted
 */
export async function runInChromium({
  module,
  exportName,
  root,
  ...options
}: ChromiumOptions): Promise<Report> {
  options.signal?.throwIfAborted();
  return runSuitePage(await suitePage({ module, exportName, root }), options);
}

/**
 * Bundles a page of the suite and a backend, for {@link runSuitePage}.
 * @throws ChromiumMissingError if Vite is not installed
 * @throws PageError if the page could not be built
 */
export async function suitePage({ module, exportName, root = process.cwd() }: PageSource): Promise<Files> {
  const vite = await installed('vite', () => import('vite'));
  return bundlePage(vite, { module, exportName, root }).catch((cause: Error) => {
    throw new PageError(`${module} cannot be bundled: ${cause.message}`, { cause });
  });
}

/**
 * Runs a page of the suite in headless Chromium, as {@link runInChromium} does. It needs no Vite.
 * @param files the page that {@link suitePage} bundled: in memory, or the folder that they were written to
 * @throws ChromiumMissingError, PageError, and the signal's reason, as {@link runInChromium}
 */
export async function runSuitePage(
  files: string | Files,
  { launchFlags, ...options }: SuitePageOptions,
): Promise<Report> {
  const { backendOptions, initScript, patience, onResult, signal, ...suite } = options;
  signal?.throwIfAborted();
  const { browser, page, url, close } = await openPage(files, {
    flags: launchFlags ?? (suite.gpu === 'hardware' ? HARDWARE_GPU_FLAGS : undefined),
    headers: ISOLATION_HEADERS,
  });
  const watch = new Watch(patience ?? 120, signal);
  try {
    watch.page(page);
    if (initScript) await page.addInitScript(initScript);
    const order = { suite, backendOptions };
    const report = await Promise.race([watch.failed, run(page, url, order, watch, onResult)]);
    return { ...report, runtime: `Chromium ${browser.version()}` };
  } finally {
    watch.stop();
    await close();
  }
}

async function run(
  page: Page,
  url: string,
  order: Order,
  watch: Watch,
  onResult: ConformanceOptions['onResult'],
): Promise<Report> {
  const forward: PageApi['recurraResult'] = (result, done, total) => {
    watch.heard(`${result.group}: ${result.name} (${done} of ${total})`);
    onResult?.(result, done, total);
  };
  await page.exposeFunction('recurraResult' satisfies keyof PageApi, forward);
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => 'recurraRun' in globalThis, undefined, { timeout: 0 });
  watch.heard('the start');
  try {
    return await page.evaluate(
      (request) => (globalThis as typeof globalThis & Required<PageApi>).recurraRun(request),
      order,
    );
  } catch (cause) {
    const message = (cause as Error).message.replace(/^page\.evaluate: |\n {4}at .*/gs, '');
    throw new PageError(`the suite failed in the page: ${message}`, { cause });
  }
}
