// Makes dist/gpu-node.js and dist/gpu-browser.js of gpu.js, so that nobody need install it: with it come 84 MB of Dawn
// that it never loads, and headless-gl, which is compiled. That stays a package of its own, `gl`, found where it is installed.
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
const banner = `/* gpu.js ${version} and what it is made of, with their licences: gpu.LICENSE. Bundled by scripts/bundle-gpu.mjs. */`;

const modules = [
  ...(await bundle('gpu-browser.js', { lib: { entry, formats: ['es'] } })),
  ...(await bundle('gpu-node.js', { ssr: entry })),
];
writeFileSync(join(dist, 'gpu.LICENSE'), noticesOf(modules));

/** The paths of the modules that are in the bundle. */
async function bundle(name, way) {
  const results = await build({
    root: library,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['gl'] },
    build: {
      ...way,
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
