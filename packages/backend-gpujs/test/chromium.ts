import { fileURLToPath } from 'node:url';
import { gpuFlags, openPage, scriptPage } from '@recurra/conformance/chromium';
import { createInstrumenter } from 'istanbul-lib-instrument';
import { build, type Plugin } from 'vite';
import type { calls } from './page.js';

const ENTRY = fileURLToPath(new URL('page.ts', import.meta.url));

/**
 * The ways to bundle the built package: minified, as for production, or with a counter in every statement.
 */
export type Treatment = 'minified' | 'counted';

/** A page of Chromium in which the functions of page.ts can be called. */
export interface TestPage {
  call<Name extends keyof typeof calls>(
    name: Name,
    ...args: Parameters<(typeof calls)[Name]>
  ): Promise<Awaited<ReturnType<(typeof calls)[Name]>>>;
  close(): Promise<void>;
}

export async function openTestPage(treatment: Treatment): Promise<TestPage> {
  const files = scriptPage(await bundle(treatment));
  const { page, url, close } = await openPage(files, { flags: gpuFlags('webgl') });
  try {
    await page.goto(url);
    await page.waitForFunction(() => 'calls' in globalThis);
    return {
      call: (name, ...args) =>
        page.evaluate(
          ([name, args]) => {
            const { calls } = globalThis as unknown as { calls: Record<string, (...args: never) => never> };
            return calls[name](...(args as never));
          },
          [name, args as readonly unknown[]] as const,
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
      rolldownOptions: { input: ENTRY },
    },
  });
  const [{ output }] = [built].flat() as Exclude<typeof built, { on: unknown }>[] as {
    output: { code?: string }[];
  }[];
  return output[0].code ?? '';
}

/** Adds a counter before every statement of these packages, as coverage tools do. */
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
