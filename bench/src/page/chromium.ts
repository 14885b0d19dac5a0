/* Headless Chromium with pages of the bench. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GpuKind } from '@recurra/conformance';
import {
  HARDWARE_GPU_FLAGS,
  launchChromium,
  SOFTWARE_GPU_FLAGS,
  SOFTWARE_WEBGL_FLAGS,
} from '@recurra/conformance/chromium';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { preview } from 'vite';
import { type Answer, type Line, type ProcessTimes, patienceMs, type Request } from '../lane.js';
import type { PageSystem } from '../systems/in-page.js';
import { bundlePage } from './bundle.js';
import type { Meeting } from './page.js';

export interface Pages {
  line(system: PageSystem, threads: number): Promise<Line>;
  close(): Promise<void>;
}

/** What a page may need of a GPU. */
export type PageGpu = keyof typeof softwareFlags;
const softwareFlags = { webgl: SOFTWARE_WEBGL_FLAGS, webgpu: SOFTWARE_GPU_FLAGS };

export async function openPages(gpu?: PageGpu, kind: GpuKind = 'software'): Promise<Pages> {
  const browser = await launchChromium(
    gpu && (kind === 'hardware' ? HARDWARE_GPU_FLAGS : softwareFlags[gpu]),
  );
  const folder = mkdtempSync(join(tmpdir(), 'recurra-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  await bundlePage(folder);
  const server = await preview({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: { outDir: folder },
    preview: {
      host: '127.0.0.1',
      port: 0,
      // With these two the page may have shared memory, which threads need.
      headers: {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      },
    },
  });
  const { port } = server.httpServer.address() as AddressInfo;
  const meter = await browser.newBrowserCDPSession();
  /** Systems with the same number of threads share a page: libraries have one number of threads. */
  const pages = new Map<number, Promise<Page>>();
  return {
    async line(system, threads) {
      const page = pages.get(threads) ?? openPage(browser, `http://127.0.0.1:${port}/`);
      pages.set(threads, page);
      return lineTo(await page, browser, meter, system, threads);
    },
    async close() {
      await browser.close();
      await server.close();
      remove();
    },
  };
}

async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', ({ message }) => console.error(`The page: ${message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`The page: ${message.text()}`);
  });
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => 'benchAsk' in globalThis);
  return page;
}

function lineTo(page: Page, browser: Browser, meter: CDPSession, system: PageSystem, threads: number): Line {
  return {
    runtime: `Chromium ${browser.version()}`,
    ask: (request) =>
      alone(page, async () => {
        const before = await processTimes(meter);
        const answer = await ask(page, system, threads, request);
        const after = await processTimes(meter);
        return { ...answer, processMs: { page: after.page - before.page, gpu: after.gpu - before.gpu } };
      }),
    // The others in the page go on.
    close: () => {},
  };
}

/** The systems of a page share its thread and its GPU: one of them at a time. */
const last = new WeakMap<Page, Promise<unknown>>();

function alone<Result>(page: Page, work: () => Promise<Result>): Promise<Result> {
  const result = (last.get(page) ?? Promise.resolve()).then(work);
  last.set(
    page,
    result.catch(() => {}),
  );
  return result;
}

async function ask(page: Page, system: PageSystem, threads: number, request: Request): Promise<Answer> {
  const timer = setTimeout(() => void page.close(), patienceMs);
  try {
    return await page.evaluate(
      ([system, threads, request]) => {
        return (globalThis as typeof globalThis & Required<Meeting>).benchAsk(system, threads, request);
      },
      [system, threads, request] as const,
    );
  } finally {
    clearTimeout(timer);
  }
}

async function processTimes(meter: CDPSession): Promise<ProcessTimes> {
  const { processInfo } = await meter.send('SystemInfo.getProcessInfo');
  const of = (kind: string) =>
    processInfo.reduce((sum, { type, cpuTime }) => (type === kind ? sum + cpuTime * 1000 : sum), 0);
  return { page: of('renderer'), gpu: of('GPU') };
}
