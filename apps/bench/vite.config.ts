import { librariesSource, pagePeers, peerFiles, sharedPeers, virtualModule } from '@recurra/bench/peers';
import { defaultClientConditions, defineConfig } from 'vite';

const here = new URL('./', import.meta.url);
const jsx = { runtime: 'automatic', importSource: 'preact' } as const;

/** With these headers a page may have shared memory, which threads need. */
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
    // Its WebAssembly is among the emitted files; otherwise it would be bundled as well.
    conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions],
  },
  preview: { headers },
  worker: {
    format: 'es',
    // TensorFlow.js starts its threads from the source text of one of its functions, so names must not be minified.
    rolldownOptions: { output: { minify: false } },
    plugins: () => [virtualModule('bench:libraries', `export default ${librariesSource(pagePeers, here)};`)],
  },
  build: {
    target: 'es2022',
    // The other libraries are large, and are loaded only when one of their systems is picked.
    chunkSizeWarningLimit: 10_000,
  },
});
