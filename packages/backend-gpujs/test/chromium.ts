import { fileURLToPath } from 'node:url';
import { launchChromium, SOFTWARE_WEBGL_FLAGS } from '@recurra/conformance/chromium';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { build, type Plugin } from 'vite';
import type { calls } from './page.js';

const ENTRY = fileURLToPath(new URL('page.ts', import.meta.url));

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
  const browser = await launchChromium(SOFTWARE_WEBGL_FLAGS);
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ type: 'module', content: script });
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
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
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
      rolldownOptions: { input: ENTRY },
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
