// Bundles gpu.js into dist/gpu-node.js and dist/gpu-browser.js. As a dependency, gpu.js would install 84 MB
// of Dawn, which it never loads, and compile headless-gl. headless-gl stays a separate package, `gl`, which
// is loaded if it is installed.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { noticesOf } from './notices.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const manifest = createRequire(import.meta.url).resolve('gpu.js/package.json');
const library = join(manifest, '..');
const { version, main } = JSON.parse(readFileSync(manifest, 'utf8'));
const entry = join(library, main);
const banner = `/* gpu.js ${version} and its dependencies; gpu.LICENSE has their licences. Bundled by scripts/bundle-gpu.mjs. */`;

const modules = [
  ...(await bundle('gpu-browser.js', { lib: { entry, formats: ['es'] } })),
  ...(await bundle('gpu-node.js', { ssr: entry })),
];
writeFileSync(join(dist, 'gpu.LICENSE'), noticesOf(modules));

/** Writes a bundle. @returns the paths of the modules in it */
async function bundle(name, options) {
  const results = await build({
    root: library,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['gl'] },
    build: {
      ...options,
      outDir: dist,
      emptyOutDir: false,
      minify: false,
      target: 'es2022',
      rolldownOptions: { output: { entryFileNames: name, banner } },
    },
  });
  return [results]
    .flat()
    .flatMap(({ output }) => output.flatMap((chunk) => Object.keys(chunk.modules ?? {})));
}
