/* The script of a page, bundled by Vite and held in memory. */
import { extname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as vite from 'vite';

export const SCRIPT = 'page.js';

/** Built, or in a test the sources: what stands beside this file. */
const PAGE = fileURLToPath(new URL(`./page${extname(import.meta.url)}`, import.meta.url));

/** The files of a page, by their URL paths: the script, and what it loads. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/**
 * Bundles a page that runs the suite with a backend.
 * @param root the folder from which `module` is found, as an import in a file there would
 */
export function bundlePage(
  tools: typeof vite,
  { module, exportName, root }: { module: string; exportName: string | undefined; root: string },
): Promise<Files> {
  const source = [
    `import { ready } from ${JSON.stringify(PAGE)};`,
    `import * as module from ${JSON.stringify(locate(module, root))};`,
    `ready(module, ${JSON.stringify(exportName)});`,
  ];
  return bundleScript(tools, source.join('\n'), { root });
}

/**
 * Bundles a script and everything that it imports, for {@link servePage}.
 *
 * @param source the text of the script, a module
 * @param config Vite's, besides what is fixed here: `root`, `resolve` and more `plugins`
 * @throws Vite's error if something that is imported cannot be found or parsed
 */
export async function bundleScript(
  { build }: typeof vite,
  source: string,
  { plugins = [], ...config }: Pick<vite.InlineConfig, 'root' | 'resolve' | 'plugins'>,
): Promise<Files> {
  const entry = 'recurra:page';
  const built = await build({
    ...config,
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: 'silent',
    plugins: [
      ...plugins,
      {
        name: entry,
        resolveId: (id) => (id === entry ? `\0${entry}` : undefined),
        load: (id) => (id === `\0${entry}` ? source : undefined),
      },
    ],
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      rolldownOptions: { input: entry, output: { entryFileNames: SCRIPT } },
    },
  });
  if (!Array.isArray(built) && !('output' in built)) throw new Error('Vite watched where it was to build');
  const outputs = [built].flat().flatMap(({ output }) => output);
  return new Map(
    outputs.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  );
}

/** A package's name stays as it is; a file URL and a relative path become an absolute path. */
function locate(module: string, root: string): string {
  if (module.startsWith('file:')) return fileURLToPath(module);
  return module.startsWith('.') && !isAbsolute(module) ? resolve(root, module) : module;
}
