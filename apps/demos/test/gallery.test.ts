/* The gallery as its readers get it: built, served under a sub-path, in Chromium. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { hasChromium, launchChromium, SOFTWARE_GPU_FLAGS } from '@recurra/conformance/chromium';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pages } from '../pages/pages.js';
import { serve } from './server.js';

/** How a page must do on the CPU: the score to reach within so many steps. */
const floors: Record<string, { steps: number; reaches(score: number): boolean }> = {
  // 300 of 2,820 steps; guessing: 10 %.
  handwriting: { steps: 300, reaches: (percent) => percent > 88 },
  // 150 of 3,976 steps; the last hour's count: 65.5.
  forecast: { steps: 150, reaches: (rentals) => rentals < 65 },
  // 16 of 2,940 steps; guessing: 6.0.
  text: { steps: 16, reaches: (bits) => bits < 5.3 },
};

/** An eight of the test set. */
const EIGHT = [
  [80, 100],
  [18, 98],
  [60, 66],
  [100, 29],
  [42, 0],
  [0, 23],
  [42, 61],
  [56, 98],
];

const app = fileURLToPath(new URL('..', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const missing = !process.env.CI && !hasChromium();
const title = `in Chromium${missing ? ': apt-get install chromium, or set CHROMIUM_PATH' : ''}`;

let folder: string;
let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  if (missing) return;
  folder = mkdtempSync(join(tmpdir(), 'recurra-demos-'));
  await build({
    configFile: join(app, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  server = await serve(folder, '/some/folder/');
}, 120_000);
afterAll(() => {
  server?.close();
  if (folder) rmSync(folder, { recursive: true });
});

describe.each(pages.map(({ folder }) => folder))('%s', (name) => {
  test('its code is short enough to be read and copied, and its weights to be loaded at once', () => {
    const path = join(app, 'pages', name);
    expect(readFileSync(join(path, 'task.ts'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
    expect(statSync(join(path, 'trained.safetensors')).size).toBeLessThan(1_000_000);
  });
});

describe.skipIf(missing)(title, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test('the gallery leads to every page', async () => {
    const { page, problems } = await open(browser, '');
    const links = await page
      .locator('.gallery a')
      .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
    expect(links).toEqual(pages.map(({ folder }) => `${server.url}${folder}/`));
    expect(await accessibility(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test.each(pages.map(({ folder }) => folder))('%s trains by itself', async (name) => {
    const { steps, reaches } = floors[name];
    const { page, problems, loaded } = await open(browser, `${name}/`);
    await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
    await page.locator('[data-picture]').first().waitFor();
    const untrained = await picture(page);
    await page.evaluate(() => performance.mark('training'));
    const first = await lossAfter(page, 1);
    const last = await lossAfter(page, steps);
    await page.evaluate(() => performance.mark('trained'));
    const trace = JSON.parse(String(await browser.stopTracing()));

    expect(last).toBeLessThan(0.8 * first);
    expect(await picture(page)).not.toEqual(untrained);
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => scoreOf(page).then(reaches), { timeout: 20_000 }).toBe(true);
    expect(longestTask(trace.traceEvents)).toBeLessThan(50);
    expect(await kilobytes(loaded)).toBeLessThan(150);
    expect(await accessibility(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('the trained network, a step, a file of it, and the other backend', async () => {
    const { page, problems } = await open(browser, 'handwriting/?paused=1&seed=5&units=8');
    await page.getByText('842 weights').waitFor();
    await page.getByRole('button', { name: 'Step' }).click();
    await expect.poll(() => stepOf(page)).toBe(1);
    await page.getByRole('button', { name: 'Compare' }).click();
    const finding = page.getByText(/largest difference between two weights is/);
    await finding.waitFor();
    const [, difference] = /is (\S+);/.exec((await finding.textContent()) ?? '') ?? [];
    expect(Number(difference)).toBeGreaterThan(0);
    expect(Number(difference)).toBeLessThan(1e-3);

    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await expect.poll(() => scoreOf(page), { timeout: 20_000 }).toBeGreaterThan(98.5);
    for (const [button, ending] of [
      ['Save', 'safetensors'],
      ['Export to ONNX', 'onnx'],
    ]) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: button }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`handwriting.${ending}`);
      expect(statSync(await download.path()).size).toBeGreaterThan(10_000);
    }
    expect(new URL(page.url()).search).toContain('seed=5');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('what the reader draws is read', async () => {
    const { page, problems } = await open(browser, 'handwriting/?paused=1');
    await page.getByText('weights').first().waitFor();
    await page.getByRole('button', { name: 'Use the trained network' }).click();
    await page.getByText('These are the trained weights').waitFor();
    const box = await page.locator('.paper canvas').boundingBox();
    if (!box) throw new Error('there is no pad');
    const to = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
    const [start, ...rest] = EIGHT.map(([x, y]) => to(0.2 + 0.006 * x, 0.8 - 0.006 * y));
    await page.mouse.move(...start);
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(...point, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => wordsOf(page, '.read')).toBe('8');
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe.skipIf(missing)(`on software GPUs, ${title}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(SOFTWARE_GPU_FLAGS);
  });
  afterAll(() => browser?.close());

  test.each([
    ['webgl', /WebGL2/],
    ['webgpu', /software adapter/],
  ])('handwriting trains on %s', async (backend, device) => {
    const { page, problems } = await open(browser, `handwriting/?backend=${backend}`);
    const first = await lossAfter(page, 1);
    const last = await lossAfter(page, 25);
    expect(last).toBeLessThan(0.95 * first);
    expect(await wordsOf(page, '.reasons')).toMatch(device);
    expect(problems).toEqual([]);
    await page.close();
  });
});

/** Opens a page; `problems` collects its errors, `loaded` the addresses of its code. */
async function open(
  browser: Browser,
  path: string,
): Promise<{ page: Page; problems: string[]; loaded: string[] }> {
  const page = await browser.newPage({ acceptDownloads: true });
  const problems: string[] = [];
  const loaded: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('requestfailed', (request) => problems.push(`${request.url()} failed`));
  page.on('request', (request) => loaded.push(request.url()));
  await page.goto(server.url + path);
  return { page, problems, loaded };
}

async function wordsOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().textContent()) ?? '';
}

async function stepOf(page: Page): Promise<number> {
  const [, step = '0'] = /step ([\d,]+)/.exec(await wordsOf(page, '.facts')) ?? [];
  return Number(step.replaceAll(',', ''));
}

/** The loss shown once `step` is reached. */
async function lossAfter(page: Page, step: number): Promise<number> {
  await expect.poll(() => stepOf(page), { timeout: 50_000, interval: 100 }).toBeGreaterThanOrEqual(step);
  return Number(await wordsOf(page, '.curve output'));
}

async function scoreOf(page: Page): Promise<number> {
  return Number((await page.locator('[data-score]').getAttribute('data-score')) || Number.NaN);
}

/** What the network's result looks like: its words, and its canvases. */
function picture(page: Page): Promise<string[]> {
  return page
    .locator('[data-picture]')
    .evaluateAll((regions) =>
      regions.flatMap((region) => [
        region.textContent ?? '',
        ...[...region.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL()),
      ]),
    );
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly tdur?: number;
}

/** Milliseconds of work in the longest task of the page's main thread between the two marks. */
function longestTask(events: readonly TraceEvent[]): number {
  const mark = (wanted: string) => {
    const event = events.find(({ name }) => name === wanted);
    if (!event) throw new Error(`the trace has no mark '${wanted}'`);
    return event;
  };
  const [from, to] = [mark('training'), mark('trained')];
  const tasks = events.filter(({ name, pid, tid, ts }) => {
    return name.endsWith('RunTask') && pid === from.pid && tid === from.tid && ts > from.ts && ts < to.ts;
  });
  expect(tasks.length).toBeGreaterThan(10);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000;
}

/** The code and styles among what was loaded, gzipped. */
async function kilobytes(loaded: readonly string[]): Promise<number> {
  const code = [...new Set(loaded)].filter((url) => /\.(js|css|html)$|\/$/.test(new URL(url).pathname));
  const bodies = await Promise.all(
    code.map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())),
  );
  return bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0) / 1000;
}

async function accessibility(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    (
      globalThis as unknown as {
        axe: {
          run(): Promise<{
            violations: { impact: string; id: string; help: string; nodes: { html: string }[] }[];
          }>;
        };
      }
    ).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html}`);
}
