/* The page's script: the suite and a backend, bundled by Vite and held in memory. */
import { extname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as vite from 'vite';

export const SCRIPT = 'page.js';

/** Built, or in a test the sources: what stands beside this file. */
const PAGE = fileURLToPath(new URL(`./page${extname(import.meta.url)}`, import.meta.url));

/** What the page's server has, by path: the script, and what it loads besides. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/** @param root the folder from which `module` is found, as an import in a file there would */
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
    throw new Error('Vite was configured to watch, and must build once');
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
