/* Systems in pages of headless Chromium. */
import { existsSync } from 'node:fs';
import type { GpuKind } from '@recurra/conformance';
import {
  type Files,
  gpuFlags,
  ISOLATION_HEADERS,
  launchChromium,
  serve,
} from '@recurra/conformance/chromium';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { packedPage } from '../node/packed.js';
import { type OpenChannel, type ProcessTimes, type Reply, type Request, timeoutMs } from '../worker.js';
import type { PageHandler } from './handler.js';

/** The interface that the page's script defines on the page's global object. */
interface PageGlobals {
  readonly benchHandler: PageHandler;
}

/** The GPU interface that systems in a page may need. */
export type PageGpu = 'webgl' | 'webgpu';

export interface Pages {
  readonly open: OpenChannel;
  close(): Promise<void>;
}

/** @throws Error if Chromium cannot be started or the page cannot be bundled */
export async function openPages(gpu?: PageGpu, kind: GpuKind = 'software'): Promise<Pages> {
  const browser = await launchChromium(gpu && gpuFlags(gpu, kind));
  const server = await serve(await pageFiles(), { headers: ISOLATION_HEADERS });
  const meter = await browser.newBrowserCDPSession();
  /** The pages by number of threads, because in one page a library has one number of threads. */
  const pages = new Map<number, Promise<Page>>();
  return {
    async open(system, threads) {
      const opening = pages.get(threads) ?? openPage(browser, server.url);
      pages.set(threads, opening);
      const page = await opening;
      return {
        runtime: `Chromium ${browser.version()}`,
        send: (request) =>
          exclusively(page, async () => {
            const before = await processTimes(meter);
            const reply = await send(page, system, threads, request);
            const after = await processTimes(meter);
            return { ...reply, processMs: { page: after.page - before.page, gpu: after.gpu - before.gpu } };
          }),
        // Other systems still use the page.
        close: () => {},
      };
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** The offline bundle has the page ready-made, and no Vite. */
async function pageFiles(): Promise<Files | string> {
  const packed = packedPage('bench');
  if (existsSync(packed)) return packed;
  const { bundlePage } = await import('./bundle.js');
  return bundlePage();
}

async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', ({ message }) => console.error(`The page: ${message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`The page: ${message.text()}`);
  });
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction((name) => name in globalThis, 'benchHandler' satisfies keyof PageGlobals);
  return page;
}

const lastWork = new WeakMap<Page, Promise<unknown>>();

/** Starts the work when all earlier work in the page is done: its systems share a thread and a GPU. */
function exclusively<Result>(page: Page, work: () => Promise<Result>): Promise<Result> {
  const result = (lastWork.get(page) ?? Promise.resolve()).then(work);
  lastWork.set(
    page,
    result.catch(() => {}),
  );
  return result;
}

async function send(page: Page, system: string, threads: number, request: Request): Promise<Reply> {
  const timer = setTimeout(() => void page.close(), timeoutMs);
  try {
    return await page.evaluate(
      (args) => (globalThis as typeof globalThis & PageGlobals).benchHandler(...args),
      [system, threads, request] as const,
    );
  } finally {
    clearTimeout(timer);
  }
}

async function processTimes(meter: CDPSession): Promise<ProcessTimes> {
  const { processInfo } = await meter.send('SystemInfo.getProcessInfo');
  const total = (kind: string) =>
    processInfo.reduce((sum, { type, cpuTime }) => (type === kind ? sum + cpuTime * 1000 : sum), 0);
  return { page: total('renderer'), gpu: total('GPU') };
}
