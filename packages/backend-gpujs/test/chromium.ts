import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build, type Plugin } from 'vite';
import type { calls } from './page.js';

export const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

const ENTRY = fileURLToPath(new URL('page.ts', import.meta.url));
/** WebGL on the CPU, quietly. */
const FLAGS = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];

/** The built package as its users bundle it: minified for production, or with every statement counted. */
export type Treatment = 'minified' | 'counted';

/** A page of Chromium with the functions of page.ts. */
export interface OpenPage {
  call<Name extends keyof typeof calls>(
    name: Name,
    ...args: Parameters<(typeof calls)[Name]>
  ): Promise<Awaited<ReturnType<(typeof calls)[Name]>>>;
  close(): Promise<void>;
}

export async function openPage(treatment: Treatment): Promise<OpenPage> {
  const script = await bundle(treatment);
  const server = createServer((request, response) => {
    const page = request.url === '/';
    response.setHeader('content-type', page ? 'text/html' : 'text/javascript');
    response.end(page ? '<!doctype html><script type="module" src="/page.js"></script>' : script);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    server.close();
  };
  try {
    // Chromium's sandbox does not work for root.
    const chromiumSandbox = process.getuid?.() !== 0;
    browser = await chromium.launch({ executablePath: chromiumPath, args: FLAGS, chromiumSandbox });
    const page: Page = await browser.newPage();
    const address = server.address() as { port: number };
    await page.goto(`http://127.0.0.1:${address.port}/`, { waitUntil: 'commit' });
    await page.waitForFunction(() => 'calls' in globalThis);
    return {
      call: (name, ...args) =>
        page.evaluate(
          ([name, args]) => {
            const { calls } = globalThis as unknown as { calls: Record<string, (...args: never) => never> };
            return calls[name](...(args as never));
          },
          [name, args] as const,
        ),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bundle(treatment: Treatment): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    mode: 'production',
    plugins: treatment === 'counted' ? [counted()] : [],
    build: {
      write: false,
      minify: treatment === 'minified',
      rolldownOptions: { input: ENTRY, output: { entryFileNames: 'page.js' } },
    },
  });
  const [{ output }] = [built].flat() as Exclude<typeof built, { on: unknown }>[] as {
    output: { code?: string }[];
  }[];
  return output[0].code ?? '';
}

/** As coverage tools do it: a counter before every statement of ours. */
function counted(): Plugin {
  const instrumenter = createInstrumenter({ esModules: true });
  return {
    name: 'counted',
    transform: (code, id) =>
      /\/(backend-gpujs|core)\/dist\//.test(id) && !/\/gpu-\w+\.js$/.test(id)
        ? instrumenter.instrumentSync(code, id)
        : undefined,
  };
}
