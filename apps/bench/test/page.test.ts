/* The benchmark page as its readers get it: built, served under a sub-path, in Chromium. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Results } from '@recurra/bench/results';
import {
  hasChromium,
  ISOLATION_HEADERS,
  launchChromium,
  SOFTWARE_GPU_FLAGS,
  serve,
} from '@recurra/conformance/chromium';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { open } from '../../demos/test/open.js';
import { accessibility, accessibilityInBothSchemes, kilobytes } from '../../demos/test/reading.js';

const app = fileURLToPath(new URL('..', import.meta.url));
const bench = fileURLToPath(new URL('../../../bench/dist/main.js', import.meta.url));
const missing = !process.env.CI && !hasChromium();
const title = `in Chromium${missing ? ': apt-get install chromium, or set CHROMIUM_PATH' : ''}`;

let folder: string;
let plain: Awaited<ReturnType<typeof serve>>;
let isolated: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  if (missing) return;
  folder = mkdtempSync(join(tmpdir(), 'recurra-bench-page-'));
  await build({
    root: app,
    configFile: join(app, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  plain = await serve(folder, { base: '/some/folder/' });
  isolated = await serve(folder, { base: '/some/folder/', headers: ISOLATION_HEADERS });
}, 120_000);
afterAll(() => {
  plain?.close();
  isolated?.close();
  if (folder) rmSync(folder, { recursive: true });
});

test('compares with the versions that the bench compares with', () => {
  const dependencies = (manifest: string): Record<string, string> =>
    JSON.parse(readFileSync(new URL(manifest, import.meta.url), 'utf8')).dependencies;
  const own = Object.entries(dependencies('../package.json')).filter(([name]) => /tfjs|onnx/.test(name));
  expect(own.length).toBeGreaterThan(0);
  expect(dependencies('../../../bench/peers/package.json')).toMatchObject(Object.fromEntries(own));
});

describe.skipIf(missing)(title, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  test('measures, and the bench reads what it saved', async () => {
    const picked = 'scenarios=lstm-stream&systems=recurra-cpu,tfjs-wasm,onnxruntime-web';
    const { page, problems, loaded } = await open(browser, `${plain.url}?${picked}`);
    expect(loaded.some((url) => /tfjs|onnxruntime|ort/.test(new URL(url).pathname))).toBe(false);
    expect(await kilobytes(loaded.filter((url) => !url.includes('schedule')))).toBeLessThan(50);
    // Without the headers there are no threads, and the page explains why.
    await page.getByText(/does not send the headers Cross-Origin-Opener-Policy/).waitFor();
    for (const system of ['Recurra, WebGPU', 'TensorFlow.js, WebGPU']) {
      const box = page.getByRole('checkbox', { name: system });
      await expect.poll(() => box.isDisabled()).toBe(true);
    }
    await start(page);
    for (const system of ['recurra-cpu', 'tfjs-wasm', 'onnxruntime-web'])
      expect(await wordsOf(page, `[data-system="${system}"]`)).toMatch(/ [mµ]?s±.*×\d.*1 thread/);
    expect(await wordsOf(page, '[data-system="recurra-cpu"]')).toContain('×1.00');
    expect(await page.locator('.bar').count()).toBe(3);

    await page.getByLabel('Ratio to').selectOption('the fastest');
    expect(new URL(page.url()).search).toContain('base=fastest');

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as JSON' }).click(),
    ]);
    const file = join(folder, 'results.json');
    await download.saveAs(file);
    const { rows }: Results = JSON.parse(readFileSync(file, 'utf8'));
    expect(rows).toHaveLength(3);
    const table = execFileSync(process.execPath, [bench, '--table', file], { encoding: 'utf8' });
    expect(table).toMatch(/Chromium \d+\./);
    for (const { system, version } of rows) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(table).toMatch(new RegExp(`${system} +1 thread .*×\\d`));
    }
    expect(await accessibilityInBothSchemes(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('has threads if it is isolated, stops on Abort, and can run again', async () => {
    const picked = 'scenarios=lstm-stream&systems=recurra-cpu,recurra-composed&threads=2';
    const { page, problems } = await open(browser, `${isolated.url}?${picked}`);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('button', { name: 'Abort' }).click();
    await page.getByText('Aborted after 0 measurements').waitFor();
    await start(page);
    expect(await wordsOf(page, '[data-system="recurra-cpu"]')).toContain('2 threads, fused');
    expect(await wordsOf(page, '[data-system="recurra-composed"]')).toContain('2 threads, composed');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('measures the reader’s layer on each backend, and recommends one', async () => {
    const { page, problems } = await open(browser, `${isolated.url}?units=16&batch=4&steps=8&cell=gru`);
    await page.getByRole('button', { name: 'Measure' }).click();
    await page.getByText(/^Use CPU/).waitFor({ timeout: 150_000 });
    expect(await wordsOf(page, '.recommended')).toMatch(/ms a training step.*left out: WebGPU/);
    const rows = await page.locator('.doctor tbody tr').allTextContents();
    expect(rows.map((row) => row.replace(/[\d.]+ (ms|µs).*(fused)/, '… $2'))).toEqual([
      expect.stringMatching(/^CPU… fused.*threads?/),
      expect.stringMatching(/^CPU, 1 thread… fused.*1 thread/),
      expect.stringMatching(/^WebGL/),
      expect.stringMatching(/^WebGPUleft out: webgpu: /),
    ]);
    expect(await accessibility(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('rejects a system whose outputs differ', async () => {
    const page = await browser.newPage();
    // Its outputs are changed when they are returned.
    await page.route(/assets\/onnxruntime-.*\.js$/, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('output.data', 'output.data.map((v) => v * 1.01)');
      await route.fulfill({ response, body });
    });
    await page.goto(`${plain.url}?scenarios=lstm-S-forward&systems=recurra-cpu,onnxruntime-web`);
    await start(page);
    expect(await wordsOf(page, '[data-refused="onnxruntime-web"]')).toContain(
      'Refused, not timed: y is off by 1.0 % of its norm',
    );
    expect(await page.locator('[data-system]').count()).toBe(1);
    await page.close();
  });
});

describe.skipIf(missing)(`on software GPUs, ${title}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(SOFTWARE_GPU_FLAGS);
  });
  afterAll(() => browser?.close());

  test('WebGL and WebGPU run in workers, and the rows show that they are software', async () => {
    const systems = 'recurra-gpujs,recurra-webgpu,tfjs-webgl,tfjs-webgpu,onnxruntime-webgpu';
    const { page, problems } = await open(browser, `${plain.url}?scenarios=lstm-stream&systems=${systems}`);
    await start(page);
    for (const system of systems.split(','))
      expect(await wordsOf(page, `[data-system="${system}"]`)).toMatch(/×\d.*in software/);
    const large = page.locator('label', { hasText: 'lstm-T35-B64-H650-train needs a real GPU' });
    expect(await large.locator('input').isDisabled()).toBe(true);
    expect(problems).toEqual([]);
    await page.close();
  });
});

async function start(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByText(/^Finished: \d+ measurements/).waitFor({ timeout: 150_000 });
}

async function wordsOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? '';
}
