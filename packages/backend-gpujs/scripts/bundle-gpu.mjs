// Makes dist/gpu-node.js and dist/gpu-browser.js of gpu.js, so that nobody need install it: with it come 84 MB of Dawn
// that it never loads, and headless-gl, which is compiled. That stays a package of its own, `gl`, found where it is installed.
import { copyFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const manifest = createRequire(import.meta.url).resolve('gpu.js/package.json');
const library = join(manifest, '..');
const { version, main } = JSON.parse(readFileSync(manifest, 'utf8'));
const entry = join(library, main);
const banner = `/* gpu.js ${version}, MIT licence: gpu.LICENSE. Bundled by scripts/bundle-gpu.mjs. */`;

await bundle('gpu-browser.js', { lib: { entry, formats: ['es'] } });
await bundle('gpu-node.js', { ssr: entry });
copyFileSync(join(library, 'LICENSE'), join(dist, 'gpu.LICENSE'));

async function bundle(name, way) {
  await build({
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
}
