import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { htmlFiles, pageHtml } from './src/node/html.js';

const root = fileURLToPath(new URL('pages', import.meta.url));

const jsx = { runtime: 'automatic', importSource: 'preact' } as const;

export default defineConfig({
  root,
  // Served from any folder of any server.
  base: './',
  plugins: [pageHtml(root)],
  oxc: { jsx },
  optimizeDeps: { rolldownOptions: { transform: { jsx } } },
  worker: { format: 'es' },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    rolldownOptions: {
      input: [`${root}/index.html`, ...htmlFiles(root)],
    },
  },
});
