/* The page: the bench's systems and the libraries that are installed, bundled by Vite into a folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';
import {
  bundleConfig,
  folderOf,
  isInstalled,
  librariesSource,
  type Peer,
  virtualModule,
} from '../libraries.js';

interface PagePeer extends Peer {
  /** What it loads besides, from its `dist`. */
  readonly files?: RegExp;
}

const peers: readonly PagePeer[] = [
  { name: '@tensorflow/tfjs' },
  { name: '@tensorflow/tfjs-backend-wasm', files: /\.wasm$/ },
  { name: '@tensorflow/tfjs-backend-webgpu' },
  { name: 'onnxruntime-web', entry: 'onnxruntime-web/wasm', files: /^ort-wasm-simd-threaded\.(mjs|wasm)$/ },
];

/** What systems of both sides are built on: it has one state in the page, and they can share a device. */
const shared = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'];

/** Built, or in a test the sources: what stands beside this file. */
const script = fileURLToPath(new URL(`page${extname(import.meta.url)}`, import.meta.url));
const html = `<!doctype html><link rel="icon" href="data:,"><title>Bench</title><script type="module" src="/page.js"></script>`;

export async function bundlePage(folder: string): Promise<void> {
  const entry = 'bench:page';
  const installed = peers.filter(isInstalled);
  const libraries = librariesSource(installed, (name) => `/files/${name}/`);
  await build({
    ...bundleConfig,
    plugins: [
      virtualModule(entry, `import { ready } from ${JSON.stringify(script)};\nready(${libraries});`),
      besides(installed),
    ],
    resolve: { dedupe: shared.filter((name) => isInstalled({ name })) },
    build: {
      outDir: folder,
      minify: false,
      target: 'esnext',
      chunkSizeWarningLimit: 10_000,
      rolldownOptions: { input: entry, output: { entryFileNames: 'page.js' } },
    },
  });
}

/** The document, and what the libraries load by themselves. */
function besides(installed: readonly PagePeer[]): Plugin {
  return {
    name: 'bench:files',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'index.html', source: html });
      for (const { name, files } of installed) {
        if (!files) continue;
        const folder = new URL('dist/', folderOf(name));
        for (const file of readdirSync(folder).filter((file) => files.test(file))) {
          const source = readFileSync(new URL(file, folder));
          this.emitFile({ type: 'asset', fileName: `files/${name}/${file}`, source });
        }
      }
    },
  };
}
