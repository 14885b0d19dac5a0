/* Bundles the script of a page with Vite, in memory. */
import { extname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as vite from 'vite';
import { type Files, pageHtml } from './serve.js';

const SCRIPT = 'page.js';

/** The page's code next to this file: the built file, or in a test the source. */
const PAGE = fileURLToPath(new URL(`./page${extname(import.meta.url)}`, import.meta.url));

/**
 * Bundles the page that runs the suite.
 * @param root the folder from which `module` is resolved, as if a file there imported it
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
 * Bundles a page that runs a script and everything that the script imports.
 *
 * @param source the text of the script, a module
 * @param config Vite's configuration, in addition to what is fixed here: `root`, `resolve` and more `plugins`
 * @throws Vite's error if an import cannot be found or parsed
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
  if (!Array.isArray(built) && !('output' in built))
    throw new Error('Vite started a watcher instead of a build');
  const outputs = [built].flat().flatMap(({ output }) => output);
  return new Map([
    ['/index.html', pageHtml(SCRIPT)],
    ...outputs.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source] as const),
  ]);
}

/** File URLs and relative paths become absolute paths; package names stay as they are. */
function locate(module: string, root: string): string {
  if (module.startsWith('file:')) return fileURLToPath(module);
  return module.startsWith('.') && !isAbsolute(module) ? resolve(root, module) : module;
}
