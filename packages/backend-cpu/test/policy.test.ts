/* The built package in pages of Chromium with content-security policies that forbid or allow what it needs. */
import { fileURLToPath } from 'node:url';
import { hasChromium, launchChromium } from '@recurra/conformance/chromium';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CpuOptions } from '../src/index.js';

const missing = !process.env.CI && !hasChromium();
const WITHOUT_WASM = "script-src 'self'";
const WITHOUT_WORKERS = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'";
const SUFFICIENT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:";

describe.skipIf(missing)(
  `in Chromium${missing ? ': apt-get install chromium, or set CHROMIUM_PATH' : ''}`,
  () => {
    let browser: Awaited<ReturnType<typeof launchChromium>>;
    let script: string;
    beforeAll(async () => {
      [browser, script] = await Promise.all([launchChromium(), bundle()]);
    });
    afterAll(() => browser?.close());

    /** The device of `cpu(options)` in a page with this policy, or the error. */
    const start = async (policy: string, options: CpuOptions): Promise<string> => {
      const page = await browser.newPage();
      await page.route('http://localhost/**', (route) => {
        const isScript = route.request().url().endsWith('/cpu.js');
        const headers = {
          'content-security-policy': policy,
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-embedder-policy': 'require-corp',
        };
        const contentType = isScript ? 'text/javascript' : 'text/html';
        return route.fulfill({
          contentType,
          headers,
          body: isScript ? script : '<script src="/cpu.js"></script>',
        });
      });
      await page.goto('http://localhost/');
      const result = await page.evaluate(async (options) => {
        const { cpu } = (globalThis as unknown as { built: typeof import('../src/index.js') }).built;
        try {
          const backend = await cpu(options);
          backend.dispose();
          return backend.device;
        } catch (error) {
          return `${(error as Error).name}: ${(error as Error).message}`;
        }
      }, options);
      await page.close();
      return result;
    };

    test('if WebAssembly is forbidden, the error says what to allow', async () => {
      expect(await start(WITHOUT_WASM, {})).toMatch(/^DeviceError: cpu: .*must allow 'wasm-unsafe-eval'/);
    });

    test('if workers are forbidden, two threads give an error that says what to allow; by default there is one', async () => {
      expect(await start(WITHOUT_WORKERS, { threads: 2 })).toMatch(/^DeviceError: cpu: .*worker-src blob:/);
      expect(await start(WITHOUT_WORKERS, {})).toMatch(/, 1 thread \((.*worker-src blob:|the processor)/);
      expect(await start(WITHOUT_WORKERS, { threads: 1 })).toMatch(/, 1 thread$/);
    });

    test('a policy that allows what the errors name is sufficient', async () => {
      expect(await start(SUFFICIENT, { threads: 2 })).toMatch(/, 2 threads$/);
    });
  },
);

async function bundle(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL('../dist/index.js', import.meta.url)),
        name: 'built',
        formats: ['iife'],
      },
    },
  });
  const [{ output }] = [built].flat() as { output: { code?: string }[] }[];
  return output[0].code ?? '';
}
