import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const root = fileURLToPath(new URL('pages', import.meta.url));
const htmls = ['.', ...readdirSync(root)]
  .map((folder) => `${root}/${folder}/index.html`)
  .filter((file) => existsSync(file));

const jsx = { runtime: 'automatic', importSource: 'preact' } as const;

export default defineConfig({
  root,
  // Served from any folder of any server.
  base: './',
  oxc: { jsx },
  optimizeDeps: { rolldownOptions: { transform: { jsx } } },
  worker: { format: 'es' },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2022',
    rolldownOptions: {
      input: htmls,
    },
  },
});
