/* The page: the bench's systems and the libraries that are installed, bundled by Vite into a folder. */
import { readdirSync, readFileSync } from 'node:fs';
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

const html = `<!doctype html><link rel="icon" href="data:,"><title>Bench</title><script type="module" src="/page.js"></script>`;

export async function bundlePage(folder: string): Promise<void> {
  const entry = 'bench:page';
  const installed = peers.filter(isInstalled);
  const libraries = librariesSource(installed, (name) => `/files/${name}/`);
  const module = JSON.stringify(fileURLToPath(new URL('page.js', import.meta.url)));
  await build({
    ...bundleConfig,
    plugins: [
      virtualModule(entry, `import { ready } from ${module};\nready(${libraries});`),
      besides(installed),
    ],
    // What two of the systems are built on has one state, and can share a device.
    resolve: { dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-webgpu'] },
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
