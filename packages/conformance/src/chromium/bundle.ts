/* The page of the suite: its script, with the suite and a backend, is bundled by Vite and kept in memory. */
import { extname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as vite from 'vite';
import { type Files, pageHtml } from './serve.js';

const SCRIPT = 'page.js';

/** The page's code beside this file: built, or in a test the source. */
const PAGE = fileURLToPath(new URL(`./page${extname(import.meta.url)}`, import.meta.url));

/**
 * Bundles the page of the suite.
 * @param root the folder from which `module` is resolved, as if a file there imported it
 */
export async function bundlePage(
  { build }: typeof vite,
  { module, exportName, root }: { module: string; exportName: string | undefined; root: string },
): Promise<Files> {
  const entry = 'recurra:page';
  const source = [
    `import { ready } from ${JSON.stringify(PAGE)};`,
    `import * as module from ${JSON.stringify(locate(module, root))};`,
    `ready(module, ${JSON.stringify(exportName)});`,
  ];
  const built = await build({
    root,
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: 'silent',
    plugins: [
      {
        name: entry,
        resolveId: (id) => (id === entry ? `\0${entry}` : undefined),
        load: (id) => (id === `\0${entry}` ? source.join('\n') : undefined),
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
    throw new Error('Vite started to watch in place of building');
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
