import { librariesSource, pagePeers, peerFiles, sharedPeers, virtualModule } from '@recurra/bench/peers';
import { defaultClientConditions, defineConfig } from 'vite';

const here = new URL('./', import.meta.url);
const jsx = { runtime: 'automatic', importSource: 'preact' } as const;

/** With these two a page may have shared memory, which threads need. */
const headers = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

export default defineConfig({
  // Served from any folder of any server.
  base: './',
  oxc: { jsx },
  plugins: [peerFiles(pagePeers, here)],
  resolve: {
    dedupe: sharedPeers,
    // Its WebAssembly is among the files already; bundled, it would be there twice.
    conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions],
  },
  preview: { headers },
  worker: {
    format: 'es',
    // TensorFlow.js starts its threads with the text of one of its functions, which must have kept its names.
    rolldownOptions: { output: { minify: false } },
    plugins: () => [virtualModule('bench:libraries', `export default ${librariesSource(pagePeers, here)};`)],
  },
  build: {
    target: 'es2022',
    // Of the libraries that are compared with; each is loaded when a system of it is picked.
    chunkSizeWarningLimit: 10_000,
  },
});
